resource "aws_lb" "http" {
  name               = "${var.name}-http"
  load_balancer_type = "application"
  subnets            = var.public_subnets
  security_groups    = [aws_security_group.public.id]
  # Sockets are silent for 25 seconds at most; a poll waits as long.
  idle_timeout = 120
}

resource "aws_lb_target_group" "http" {
  name                 = "${var.name}-http"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = var.vpc_id
  deregistration_delay = 30

  # A socket that polls must find its gateway again.
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 86400
  }

  health_check {
    path                = "/readyz"
    port                = "7200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.http.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.http.arn
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.http.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

# The chat's live port speaks plain TCP: the balancer ends TLS before it.
resource "aws_lb" "chat" {
  name               = "${var.name}-chat"
  load_balancer_type = "network"
  subnets            = var.public_subnets
  security_groups    = [aws_security_group.public.id]
}

resource "aws_lb_target_group" "chat" {
  name        = "${var.name}-chat"
  port        = 2004
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = var.vpc_id

  health_check {
    protocol = "HTTP"
    path     = "/readyz"
    port     = "7200"
  }
}

resource "aws_lb_listener" "chat" {
  load_balancer_arn = aws_lb.chat.arn
  port              = 2004
  protocol          = "TLS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.chat.arn
  }
}
