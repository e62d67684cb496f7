data "aws_iam_policy_document" "task" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# One role per daemon, which may read its own secrets and no other's.
resource "aws_iam_role" "task" {
  for_each           = local.services
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.task.json
}

resource "aws_iam_role_policy_attachment" "task" {
  for_each   = local.services
  role       = aws_iam_role.task[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

locals {
  # File under /run/secrets -> secret, for each daemon.
  files = {
    for name, service in local.services : name => merge(
      { "bus.key" = aws_secretsmanager_secret.carillon["bus-key"].arn },
      service.stored ? { database = aws_secretsmanager_secret.carillon["database-${name}"].arn } : {},
    )
  }
}

data "aws_iam_policy_document" "secrets" {
  for_each = local.files
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(each.value)
  }
}

resource "aws_iam_role_policy" "secrets" {
  for_each = local.files
  name     = "secrets"
  role     = aws_iam_role.task[each.key].id
  policy   = data.aws_iam_policy_document.secrets[each.key].json
}

resource "aws_cloudwatch_log_group" "service" {
  for_each          = local.services
  name              = "/${var.name}/${each.key}"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "service" {
  for_each           = local.services
  family             = "${var.name}-${each.key}"
  network_mode       = "awsvpc"
  execution_role_arn = aws_iam_role.task[each.key].arn

  volume {
    name = "secrets"
    docker_volume_configuration {
      scope       = "task"
      driver      = "local"
      driver_opts = { type = "tmpfs", device = "tmpfs" }
    }
  }

  container_definitions = jsonencode([
    # ECS hands secrets over as variables, and a daemon takes files: this one writes them and ends.
    {
      name        = "secrets"
      image       = "public.ecr.aws/docker/library/busybox:1.37"
      essential   = false
      memory      = 16
      command     = ["sh", "-euc", "umask 077; cd /run/secrets; ${join("; ", [for file in keys(local.files[each.key]) : "printf %s \"$${${upper(replace(file, ".", "_"))}}\" >${file}"])}; chown -R 65532:65532 ."]
      secrets     = [for file, arn in local.files[each.key] : { name = upper(replace(file, ".", "_")), valueFrom = arn }]
      mountPoints = [{ sourceVolume = "secrets", containerPath = "/run/secrets" }]
    },
    {
      name                   = "carillon"
      image                  = "${aws_ecr_repository.service[each.key].repository_url}:${var.image_tag}"
      essential              = true
      cpu                    = each.value.cpu
      memory                 = each.value.memory
      user                   = "65532:65532"
      readonlyRootFilesystem = true
      stopTimeout            = 45
      dependsOn              = [{ containerName = "secrets", condition = "SUCCESS" }]
      mountPoints            = [{ sourceVolume = "secrets", containerPath = "/run/secrets", readOnly = true }]
      linuxParameters        = { capabilities = { drop = ["ALL"] } }
      ulimits                = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
      healthCheck            = { command = ["CMD", "/usr/bin/carillon", "--probe"], interval = 5, timeout = 3, retries = 3, startPeriod = 60 }
      portMappings = [
        for port in concat([7100 + each.value.offset, 7200 + each.value.offset], each.key == "gateway" ? [8080, 2004] : []) :
        { containerPort = port }
      ]
      environment = [
        for name, value in merge(local.environment, each.value.stored ? local.stored_environment : local.gateway_environment) :
        { name = name, value = value }
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.service[each.key].name
          awslogs-region        = var.region
          awslogs-stream-prefix = each.key
        }
      }
    },
  ])
}

locals {
  # Over TCP a caller knows one address of a name, so only the gateway, which nobody calls, may run twice.
  copies = { for name, service in local.services : name => var.nats_url != null || name == "gateway" ? 2 : 1 }
}

resource "aws_ecs_service" "service" {
  for_each                           = local.services
  name                               = each.key
  cluster                            = aws_ecs_cluster.carillon.id
  task_definition                    = aws_ecs_task_definition.service[each.key].arn
  desired_count                      = local.copies[each.key]
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = each.key == "gateway" ? 60 : null

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.machines.name
    weight            = 1
  }

  network_configuration {
    subnets         = var.private_subnets
    security_groups = [aws_security_group.daemons.id]
  }

  dynamic "service_registries" {
    for_each = each.value.stored ? [aws_service_discovery_service.service[each.key].arn] : []
    content {
      registry_arn = service_registries.value
    }
  }

  dynamic "load_balancer" {
    for_each = each.key == "gateway" ? { 8080 = aws_lb_target_group.http.arn, 2004 = aws_lb_target_group.chat.arn } : {}
    content {
      target_group_arn = load_balancer.value
      container_name   = "carillon"
      container_port   = load_balancer.key
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener.https, aws_lb_listener.chat]
}

resource "aws_appautoscaling_target" "service" {
  for_each           = { for name, count in local.copies : name => count if count > 1 }
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.carillon.name}/${aws_ecs_service.service[each.key].name}"
  min_capacity       = each.value
  # One copy of the live counter counts, the others stand by.
  max_capacity = each.key == "live" ? each.value : var.copies_max
}

# One thread serves a daemon, and its task has less than a processor: half of that leaves room for a burst.
resource "aws_appautoscaling_policy" "cpu" {
  for_each           = aws_appautoscaling_target.service
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 50
    scale_in_cooldown  = 300
    scale_out_cooldown = 30

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
