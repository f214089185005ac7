"""Write the dashboards as Terraform and Grafana read them."""

from tools.dashboards.files import dashboards

if __name__ == "__main__":
    for path, text in dashboards().items():
        path.write_text(text, encoding="utf-8")
