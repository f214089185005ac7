locals {
  name   = "${var.prefix}-grafana"
  host   = coalesce(var.domain, "${local.name}-${var.project_number}.${var.region}.run.app")
  folder = "/etc/price-prediction-app"

  drawn = { for name in fileset("${path.module}/dashboards", "*.json") : name => jsondecode(file("${path.module}/dashboards/${name}")) }

  # What a dashboard asks for by the name of a variable is this deployment's own.
  own = { dataset = var.dataset, prefix = var.prefix }
  dashboards = {
    for name, dashboard in local.drawn : "dashboards/${name}" => jsonencode(merge(dashboard, {
      templating = { list = [for v in try(dashboard.templating.list, []) : merge(v, { query = lookup(local.own, v.name, try(v.query, null)) })] }
    }))
  }

  # What Grafana reads when it starts: https://grafana.com/docs/grafana/latest/administration/provisioning
  provisioning = {
    "provisioning/dashboards/app.yaml" = templatefile("${path.module}/provisioning/dashboards.yaml.tftpl", { folder = "${local.folder}/dashboards" })
    "provisioning/datasources/app.yaml" = templatefile("${path.module}/provisioning/datasources.yaml.tftpl", {
      dataset  = var.dataset
      location = var.data_location
      project  = var.project
    })
  }
  files = merge(local.dashboards, local.provisioning)

  settings = {
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES        = "false"
    GF_ANALYTICS_CHECK_FOR_UPDATES               = "false"
    GF_ANALYTICS_REPORTING_ENABLED               = "false"
    GF_AUTH_DISABLE_LOGIN_FORM                   = "true"
    GF_AUTH_JWT_AUTO_SIGN_UP                     = "true"
    GF_AUTH_JWT_EMAIL_CLAIM                      = "email"
    GF_AUTH_JWT_ENABLED                          = "true"
    GF_AUTH_JWT_EXPECT_CLAIMS                    = jsonencode({ aud = "/projects/${var.project_number}/locations/${var.region}/services/${local.name}", iss = "https://cloud.google.com/iap" })
    GF_AUTH_JWT_HEADER_NAME                      = "X-Goog-IAP-JWT-Assertion"
    GF_AUTH_JWT_JWK_SET_URL                      = "https://www.gstatic.com/iap/verify/public_key-jwk"
    GF_AUTH_JWT_USERNAME_CLAIM                   = "email"
    GF_PATHS_PROVISIONING                        = "${local.folder}/provisioning"
    GF_PLUGINS_PREINSTALL_DISABLED               = "true"
    GF_SECURITY_ALLOW_EMBEDDING                  = "true"
    GF_SECURITY_CONTENT_SECURITY_POLICY          = "true"
    GF_SECURITY_CONTENT_SECURITY_POLICY_TEMPLATE = "frame-ancestors 'self' ${var.embedded_in}; object-src 'none'; base-uri 'self'"
    GF_SECURITY_COOKIE_SAMESITE                  = "none"
    GF_SECURITY_COOKIE_SECURE                    = "true"
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION   = "true"
    GF_SERVER_HTTP_PORT                          = "8080"
    GF_SERVER_ROOT_URL                           = "https://${local.host}/"
    GF_USERS_AUTO_ASSIGN_ORG_ROLE                = "Viewer"

    # Grafana reads its files when it starts: others mean another revision.
    PPA_PROVISIONED = sha256(jsonencode(local.files))
  }
}
