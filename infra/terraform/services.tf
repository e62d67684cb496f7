# The daemons, as infra/dev/services.txt lists them; a test compares the two.
locals {
  services = {
    gateway  = { offset = 0, stored = false, cpu = 512, memory = 512 }
    auth     = { offset = 1, stored = true, cpu = 512, memory = 512 }
    calendar = { offset = 2, stored = true, cpu = 256, memory = 256 }
    chat     = { offset = 3, stored = true, cpu = 256, memory = 256 }
    delivery = { offset = 4, stored = true, cpu = 256, memory = 256 }
    stats    = { offset = 5, stored = true, cpu = 256, memory = 256 }
    live     = { offset = 6, stored = true, cpu = 256, memory = 256 }
  }
  stored = { for name, service in local.services : name => service if service.stored }
  domain = "${var.name}.internal"

  database_url = join("", [
    "postgresql://", aws_db_instance.carillon.endpoint, "/carillon?user=carillon_{service}&sslmode=require",
  ])

  # Where each is called, by name: CARILLON_AUTH_BUS and so on.
  buses = {
    for name, service in local.stored :
    "CARILLON_${upper(name)}_BUS" => "${name}.${local.domain}:${7100 + service.offset}"
  }

  bus = var.nats_url == null ? {
    CARILLON_BUS_BIND     = "0.0.0.0"
    CARILLON_BUS_KEY_FILE = "/run/secrets/bus.key"
    } : {
    CARILLON_BUS                   = var.nats_url
    CARILLON_NATS_CREDENTIALS_FILE = "/run/secrets/bus.key"
  }

  environment = merge(
    { CARILLON_ADMIN_BIND = "0.0.0.0", CARILLON_DRAIN_DELAY = "10s" },
    var.nats_url == null ? local.buses : {},
    local.bus,
    var.settings,
  )
  stored_environment = {
    CARILLON_DATABASE_URL           = local.database_url
    CARILLON_DATABASE_PASSWORD_FILE = "/run/secrets/database"
  }
  gateway_environment = { CARILLON_BIND = "0.0.0.0" }
}
