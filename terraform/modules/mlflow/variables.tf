variable "data_location" {
  description = "Where the bucket of artifacts keeps data."
  type        = string
}

variable "deletion_protection" {
  description = "Whether destroying the database and the artifacts is refused."
  type        = bool
}

variable "domain" {
  description = "A name that leads to it, besides its address at run.app; null for none."
  type        = string
}

variable "image" {
  description = "Image of MLflow, by its digest, built from the folder image beside this."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image must be given by its digest (NAME@sha256:...): a tag can come to mean another image."
  }
}

variable "logger" {
  description = "The service account that logs runs: its resource name and its name as a member."
  type        = object({ member = string, name = string })
}

variable "people" {
  description = "Principals who may look at it and change it, as user:, group: or serviceAccount: members."
  type        = list(string)
}

variable "prefix" {
  description = "What the names of all resources start with."
  type        = string
}

variable "project" {
  description = "Google Cloud project to deploy into."
  type        = string
}

variable "project_number" {
  description = "The project's number."
  type        = string
}

variable "proxy_image" {
  description = "Image of the Cloud SQL Auth Proxy, by its digest, built from the folder proxy beside this."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$", var.proxy_image))
    error_message = "The proxy_image must be given by its digest (NAME@sha256:...): a tag can come to mean another image."
  }
}

variable "region" {
  description = "Region of the service and the database."
  type        = string
}

variable "tier" {
  description = "Machine of the database."
  type        = string

  validation {
    condition     = can(regex("^db-(f1-micro|g1-small|custom-[0-9]+-[0-9]+|perf-optimized-N-[0-9]+)$", var.tier))
    error_message = "The tier must be a machine of Cloud SQL for Postgres, such as db-f1-micro or db-custom-1-3840."
  }
}
