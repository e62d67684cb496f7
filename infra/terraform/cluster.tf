# Machines for the daemons: as many as they need, by ECS's own judgement.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
}

data "aws_iam_policy_document" "machine" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "machine" {
  name               = "${var.name}-machine"
  assume_role_policy = data.aws_iam_policy_document.machine.json
}

resource "aws_iam_role_policy_attachment" "machine" {
  role       = aws_iam_role.machine.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "machine" {
  name = "${var.name}-machine"
  role = aws_iam_role.machine.name
}

resource "aws_ecs_cluster" "carillon" {
  name = var.name
}

resource "aws_launch_template" "machine" {
  name_prefix            = "${var.name}-"
  image_id               = data.aws_ssm_parameter.image.value
  instance_type          = var.instance_type
  vpc_security_group_ids = [aws_security_group.daemons.id]

  # A task has a network card of its own; trunking lets a small machine carry enough of them.
  user_data = base64encode("#!/bin/sh\necho ECS_CLUSTER=${aws_ecs_cluster.carillon.name} >>/etc/ecs/ecs.config\n")

  iam_instance_profile {
    arn = aws_iam_instance_profile.machine.arn
  }

  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_ecs_account_setting_default" "trunking" {
  name  = "awsvpcTrunking"
  value = "enabled"
}

resource "aws_autoscaling_group" "machines" {
  name                  = var.name
  min_size              = 2
  max_size              = var.instances_max
  vpc_zone_identifier   = var.private_subnets
  protect_from_scale_in = true

  launch_template {
    id      = aws_launch_template.machine.id
    version = "$Latest"
  }

  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "machines" {
  name = var.name

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.machines.arn
    managed_termination_protection = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 90
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "carillon" {
  cluster_name       = aws_ecs_cluster.carillon.name
  capacity_providers = [aws_ecs_capacity_provider.machines.name]

  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.machines.name
    weight            = 1
  }
}
