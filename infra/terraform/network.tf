# Who may speak to whom: the world to the balancers, they to the gateway, daemons to each other and to the database.
resource "aws_security_group" "public" {
  name   = "${var.name}-public"
  vpc_id = var.vpc_id
}

resource "aws_security_group" "daemons" {
  name   = "${var.name}-daemons"
  vpc_id = var.vpc_id
}

resource "aws_security_group" "database" {
  name   = "${var.name}-database"
  vpc_id = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "public" {
  for_each          = toset(["80", "443", "2004"])
  security_group_id = aws_security_group.public.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "out" {
  for_each = {
    public  = aws_security_group.public.id
    daemons = aws_security_group.daemons.id
  }
  security_group_id = each.value
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

# HTTP, chat, and the health that the balancers ask for.
resource "aws_vpc_security_group_ingress_rule" "gateway" {
  for_each                     = toset(["8080", "2004", "7200"])
  security_group_id            = aws_security_group.daemons.id
  referenced_security_group_id = aws_security_group.public.id
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
}

resource "aws_vpc_security_group_ingress_rule" "bus" {
  security_group_id            = aws_security_group.daemons.id
  referenced_security_group_id = aws_security_group.daemons.id
  ip_protocol                  = "tcp"
  from_port                    = 7100
  to_port                      = 7106
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = aws_security_group.daemons.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_service_discovery_private_dns_namespace" "carillon" {
  name = local.domain
  vpc  = var.vpc_id
}

resource "aws_service_discovery_service" "service" {
  for_each = local.stored
  name     = each.key

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.carillon.id
    dns_records {
      type = "A"
      ttl  = 5
    }
  }
}
