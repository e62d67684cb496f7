resource "aws_db_subnet_group" "carillon" {
  name       = var.name
  subnet_ids = var.private_subnets
}

resource "aws_db_parameter_group" "carillon" {
  name   = var.name
  family = "postgres15"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # Binds may be personal.
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }

  parameter {
    name  = "log_parameter_max_length_on_error"
    value = "0"
  }
}

# The administrator's password is RDS's own secret. Roles, schemas and their passwords are made from inside the network by
# compose/roles.sh, before the services are started for the first time.
resource "aws_db_instance" "carillon" {
  identifier                   = var.name
  engine                       = "postgres"
  engine_version               = "15"
  instance_class               = var.database_class
  allocated_storage            = 50
  max_allocated_storage        = 500
  storage_type                 = "gp3"
  storage_encrypted            = true
  username                     = "carillon_admin"
  manage_master_user_password  = true
  db_subnet_group_name         = aws_db_subnet_group.carillon.name
  parameter_group_name         = aws_db_parameter_group.carillon.name
  vpc_security_group_ids       = [aws_security_group.database.id]
  multi_az                     = true
  backup_retention_period      = 14
  deletion_protection          = true
  performance_insights_enabled = true
  skip_final_snapshot          = false
  final_snapshot_identifier    = "${var.name}-final"
}
