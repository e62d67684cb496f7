import Outgoing
import Settings
import Testing

@testable import DeliveryCore

@Suite struct DeliverySettingsTests {
  private func read(_ environment: [String: String]) -> (MailRoute?, problems: [String]) {
    var reader = EnvironmentReader(environment)
    return (DeliveryConfiguration(&reader).mail, reader.problems)
  }

  @Test func `without a server mail is off, and that is no fault`() {
    for environment in [[:], ["CARILLON_MAIL_FROM": "no-reply@example.org"]] {
      let (route, problems) = read(environment)
      #expect(route == nil && problems.isEmpty)
    }
  }

  @Test func `a server and a sender turn it on`() {
    let (route, problems) = read([
      "CARILLON_SMTP_URL": "smtp://127.0.0.1:2525", "CARILLON_MAIL_FROM": "Carillon <no-reply@example.org>",
    ])
    #expect(problems.isEmpty)
    #expect(route?.relay.url == "smtp://127.0.0.1:2525" && route?.relay.user == nil)
    #expect(route?.from.address == "no-reply@example.org" && route?.from.name == "Carillon")
    #expect(route?.domain == "example.org")
  }

  @Test(arguments: [
    (["CARILLON_SMTP_URL": "smtp://127.0.0.1"], "CARILLON_MAIL_FROM"),
    (["CARILLON_SMTP_URL": "smtp://127.0.0.1", "CARILLON_MAIL_FROM": "nobody"], "CARILLON_MAIL_FROM"),
    (["CARILLON_SMTP_URL": "http://127.0.0.1", "CARILLON_MAIL_FROM": "a@x.org"], "CARILLON_SMTP_URL"),
    (["CARILLON_SMTP_URL": "smtp://u:secret@127.0.0.1", "CARILLON_MAIL_FROM": "a@x.org"], "CARILLON_SMTP_URL"),
  ])
  func `a faulty setting is told and leaves mail off`(environment: [String: String], name: String) {
    let (route, problems) = read(environment)
    #expect(route == nil)
    #expect(problems.count == 1 && problems[0].hasPrefix(name + ":"))
    #expect(!problems[0].contains("secret"))
  }
}
