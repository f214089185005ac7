variable "data_location" {
  description = "Where BigQuery and the bucket of dashboards keep data."
  type        = string
}

variable "dataset" {
  description = "BigQuery dataset that dashboards read."
  type        = string
}

variable "domain" {
  description = "A name that leads to it, besides its address at run.app; null for none."
  type        = string
}

variable "embedded_in" {
  description = "Address of the pages that may show a dashboard in a frame."
  type        = string
}

variable "image" {
  description = "Image of Grafana, by its digest, built from the folder image beside this."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image must be given by its digest (NAME@sha256:...): a tag can come to mean another image."
  }
}

variable "people" {
  description = "Principals who may look at it, as user:, group: or serviceAccount: members."
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

variable "region" {
  description = "Region of the service."
  type        = string
}
