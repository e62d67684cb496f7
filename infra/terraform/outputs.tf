output "registries" {
  description = "Where the images of 'make images' are pushed to, by daemon."
  value       = { for name, repository in aws_ecr_repository.service : name => repository.repository_url }
}

output "http" {
  value = aws_lb.http.dns_name
}

output "chat" {
  value = aws_lb.chat.dns_name
}

output "database" {
  value = aws_db_instance.carillon.endpoint
}

output "administrator" {
  description = "The secret with the database administrator's password."
  value       = aws_db_instance.carillon.master_user_secret[0].secret_arn
}
