"""Write the dashboards in the formats of Terraform and Grafana."""

from tools.dashboards.files import dashboards

if __name__ == "__main__":
    for path, text in dashboards().items():
        path.write_text(text, encoding="utf-8")
