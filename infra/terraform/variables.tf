variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "name" {
  description = "What every resource's name begins with."
  type        = string
  default     = "carillon"
}

variable "vpc_id" {
  type = string
}

variable "public_subnets" {
  description = "For the load balancers, in two zones or more."
  type        = list(string)
}

variable "private_subnets" {
  description = "For daemons and database, in two zones or more, with a way out (NAT) to push providers and mail servers."
  type        = list(string)
}

variable "certificate_arn" {
  description = "The certificate of the public name, in ACM."
  type        = string
}

variable "image_tag" {
  type    = string
  default = "1.0.0"
}

variable "instance_type" {
  type    = string
  default = "t3.medium"
}

variable "instances_max" {
  type    = number
  default = 6
}

variable "database_class" {
  type    = string
  default = "db.t4g.medium"
}

variable "nats_url" {
  description = "With it the daemons meet over NATS and may run in copies; null: over TCP, and one copy of each but the gateway."
  type        = string
  default     = null
}

variable "copies_max" {
  description = "Most copies of one daemon, with NATS."
  type        = number
  default     = 4
}

variable "settings" {
  description = "More settings, for all daemons: CARILLON_... = value."
  type        = map(string)
  default     = {}
}
