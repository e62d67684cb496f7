# Values are made once and never written into Terraform's state. A new version number makes a new value; then the daemons are
# restarted (infra/runbooks/keys.md). With NATS the key's value is replaced by NATS's credentials.
locals {
  secrets = toset(concat(["bus-key"], [for name in keys(local.stored) : "database-${name}"]))
}

ephemeral "random_password" "secret" {
  for_each = local.secrets
  length   = 40
  special  = false
}

resource "aws_secretsmanager_secret" "carillon" {
  for_each = local.secrets
  name     = "${var.name}/${each.key}"
}

resource "aws_secretsmanager_secret_version" "carillon" {
  for_each                 = local.secrets
  secret_id                = aws_secretsmanager_secret.carillon[each.key].id
  secret_string_wo         = ephemeral.random_password.secret[each.key].result
  secret_string_wo_version = 1
}
