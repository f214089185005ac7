variable "admins" {
  description = "Principals who may do everything in the app and run the backfill, as user:, group: or serviceAccount: members."
  type        = list(string)

  validation {
    condition     = length(var.admins) > 0 && alltrue([for m in var.admins : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", m))])
    error_message = "Give at least one admin, each as user:NAME@DOMAIN, group:NAME@DOMAIN or serviceAccount:NAME@DOMAIN."
  }
}

variable "alert_email" {
  description = "Address that alerts and budget notices go to; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.alert_email == null || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alert_email))
    error_message = "The alert_email must be one e-mail address, or null."
  }
}

variable "alert_webhook" {
  description = "Where the platform's own alerts are posted, and the version of the secret that they are signed with; null for nowhere. Add the version first: gcloud secrets versions add."
  type = object({
    url            = string
    secret_version = string
  })
  default = null

  validation {
    condition     = var.alert_webhook == null ? true : can(regex("^https://[^/@?# ]+(/[^@?# ]*)?$", var.alert_webhook.url))
    error_message = "The alert_webhook's url must be an https address without a user, a query or a fragment: it is kept in the state, so it must hold no password."
  }

  validation {
    condition     = var.alert_webhook == null ? true : can(regex("^[1-9][0-9]*$", var.alert_webhook.secret_version))
    error_message = "The alert_webhook's secret_version must be a number: with latest, a running instance keeps the old secret and nothing says so."
  }
}

variable "billing_account" {
  description = "Billing account that the budget is set on, as 000000-000000-000000; null for no budget."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "The billing_account must look like 0A1B2C-3D4E5F-678901, or be null."
  }
}

variable "budget" {
  description = "Spend a month: whole units of the billing account's currency, the fractions of it to warn at, and the one that pauses all schedules (0 for none)."
  type = object({
    amount     = optional(number, 5)
    cap        = optional(number, 1)
    currency   = optional(string, "USD")
    thresholds = optional(list(number), [0.5, 0.9, 1])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.budget.amount >= 1 && floor(var.budget.amount) == var.budget.amount
    error_message = "The budget's amount must be a whole number of at least 1."
  }

  validation {
    condition     = var.budget.cap >= 0 && var.budget.cap <= 10
    error_message = "The budget's cap must be a fraction such as 1 for all of it, or 0 for none."
  }

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.budget.currency))
    error_message = "The budget's currency must be a code of three capital letters, such as USD."
  }

  validation {
    condition     = length(var.budget.thresholds) > 0 && alltrue([for t in var.budget.thresholds : t > 0 && t <= 10])
    error_message = "The budget's thresholds must be fractions above 0, such as 0.9 for 90 percent."
  }
}

variable "data_location" {
  description = "Where BigQuery and the buckets keep data: a region, or the multi-regions EU or US; null for var.region."
  type        = string
  default     = null

  validation {
    condition     = var.data_location == null || can(regex("^(EU|US|[a-z]+-[a-z]+[0-9]+)$", var.data_location))
    error_message = "The data_location must be EU, US, a region such as europe-west1, or null."
  }
}

variable "dataset" {
  description = "BigQuery dataset of the platform."
  type        = string
  default     = "price_prediction"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_]+$", var.dataset))
    error_message = "The dataset's name may hold letters, digits and underscores only."
  }
}

variable "deletion_protection" {
  description = "Whether destroying what cannot be made again is refused: the dataset and its tables, the model files, the provider keys and the secret of alerts."
  type        = bool
  default     = true
  nullable    = false
}

variable "domains" {
  description = "Names of your own that lead to the services, where they have any; below one domain, the pages show Grafana in a frame."
  type = object({
    grafana = optional(string)
    mlflow  = optional(string)
    web     = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in values(var.domains) : name == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", name))])
    error_message = "The domains must be names such as app.example.com, without https:// or a path."
  }
}

variable "editors" {
  description = "Principals who may save labels and activate models, as user:, group: or serviceAccount: members."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for m in var.editors : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", m))])
    error_message = "Give each editor as user:NAME@DOMAIN, group:NAME@DOMAIN or serviceAccount:NAME@DOMAIN."
  }
}

variable "environment" {
  description = "What this deployment is for, as a label on everything: prod, staging, a developer's name."
  type        = string
  default     = "prod"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_-]{0,62}$", var.environment))
    error_message = "The environment must be a label's value: lower-case letters, digits, - and _, starting with a letter."
  }
}

variable "functions" {
  description = "Size of each function, where it differs from the default in locals.tf."
  type = map(object({
    cpu     = optional(string)
    memory  = optional(string)
    timeout = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.functions) : contains(["backfill", "cap", "ingest", "predict"], name)])
    error_message = "The functions are backfill, cap, ingest and predict."
  }

  validation {
    condition     = alltrue([for f in values(var.functions) : f.cpu == null || can(regex("^([1-8]|0\\.[0-9]+)$", f.cpu))])
    error_message = "A function's cpu must be a fraction below 1, such as 0.5, or a whole number from 1 to 8."
  }

  validation {
    condition     = alltrue([for f in values(var.functions) : f.memory == null || can(regex("^[0-9]+(Mi|Gi)$", f.memory))])
    error_message = "A function's memory must be a number with Mi or Gi, such as 512Mi."
  }

  validation {
    condition     = alltrue([for f in values(var.functions) : f.timeout == null ? true : f.timeout >= 15 && f.timeout <= 3600])
    error_message = "A function's timeout must be from 15 to 3600 seconds."
  }
}

variable "grafana" {
  description = "Grafana with the platform's dashboards: {} for it, null for none."
  type        = object({})
  default     = null
}

variable "images" {
  description = "Each image by its digest. What runs an image that is not given is not there yet, as the registry must be there before the first is built."
  type = object({
    grafana   = optional(string)
    mlflow    = optional(string)
    sql_proxy = optional(string)
    web       = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for image in values(var.images) : image == null || can(regex("^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$", image))])
    error_message = "Each of the images must be given by its digest (NAME@sha256:...): a tag can come to mean another image."
  }
}

variable "labels" {
  description = "Labels besides app and environment, on everything that takes labels."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "mlflow" {
  description = "MLflow with a Postgres database: the database's machine; null for none. The database costs money all day."
  type = object({
    tier = optional(string, "db-f1-micro")
  })
  default = null

  validation {
    condition     = var.mlflow == null ? true : can(regex("^db-(f1-micro|g1-small|custom-[0-9]+-[0-9]+|perf-optimized-N-[0-9]+)$", var.mlflow.tier))
    error_message = "MLflow's tier must be a machine of Cloud SQL for Postgres, such as db-f1-micro or db-custom-1-3840."
  }
}

variable "packages" {
  description = "The zip of each function's source, by the function's name: backfill, cap, ingest and predict."
  type        = map(string)

  validation {
    condition     = toset(keys(var.packages)) == toset(["backfill", "cap", "ingest", "predict"])
    error_message = "Give one package for each of backfill, cap, ingest and predict."
  }

  validation {
    condition     = alltrue([for path in values(var.packages) : endswith(path, ".zip")])
    error_message = "Each package must be the path of a .zip file."
  }
}

variable "predict_shards" {
  description = "How many calls of the hourly job run side by side, each with its share of the active models."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains(range(1, 65), var.predict_shards)
    error_message = "The predict_shards must be a whole number from 1 to 64."
  }
}

variable "prefix" {
  description = "What the names of all resources start with; another prefix is another deployment in the same project."
  type        = string
  default     = "ppa"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,13}[a-z0-9]$", var.prefix))
    error_message = "The prefix must be 2 to 15 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen."
  }
}

variable "project" {
  description = "Google Cloud project to deploy into."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "The project must be a project id (not its name or number): 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Region of the functions, the schedules, the web service and the images."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "The region must be a region such as europe-west1, not a zone or a multi-region."
  }
}

variable "runtime" {
  description = "Python runtime of the functions: the minor version that models are trained with."
  type        = string
  default     = "python313"
  nullable    = false

  validation {
    condition     = contains(["python311", "python312", "python313"], var.runtime)
    error_message = "The runtime must be python311, python312 or python313."
  }
}

variable "secret_versions" {
  description = "Version of each provider key that the functions read, by provider; a key without one is not passed. Add the version first: gcloud secrets versions add."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.secret_versions) : contains(["alphavantage", "fred", "polygon"], name)])
    error_message = "The providers with a key are alphavantage, fred and polygon."
  }

  validation {
    condition     = alltrue([for version in values(var.secret_versions) : can(regex("^[1-9][0-9]*$", version))])
    error_message = "A secret's version must be a number: with latest, a running instance keeps the old key and nothing says so."
  }
}

variable "viewers" {
  description = "Principals who may look at everything and change nothing, as user:, group: or serviceAccount: members."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for m in var.viewers : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", m))])
    error_message = "Give each viewer as user:NAME@DOMAIN, group:NAME@DOMAIN or serviceAccount:NAME@DOMAIN."
  }
}

variable "web" {
  description = "Size of the web service."
  type = object({
    concurrency   = optional(number, 40)
    cpu           = optional(string, "1")
    max_instances = optional(number, 2)
    memory        = optional(string, "1Gi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.web.concurrency >= 1 && var.web.concurrency <= 1000 && var.web.max_instances >= 1 && var.web.max_instances <= 100
    error_message = "The web service takes a concurrency from 1 to 1000 and from 1 to 100 instances."
  }

  validation {
    condition     = can(regex("^[1248]$", var.web.cpu)) && can(regex("^[0-9]+(Mi|Gi)$", var.web.memory))
    error_message = "The web service's cpu must be 1, 2, 4 or 8, and its memory a number with Mi or Gi, such as 1Gi."
  }
}
