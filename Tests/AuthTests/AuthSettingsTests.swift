import Settings
import Testing

@testable import AuthCore

@Suite struct AuthSettingsTests {
  private func read(_ environment: [String: String]) -> (AuthConfiguration, problems: [String]) {
    var reader = EnvironmentReader(environment)
    return (AuthConfiguration(&reader), reader.problems)
  }

  @Test func `an empty environment is a sound one`() {
    let (configuration, problems) = read([:])
    #expect(problems.isEmpty)
    #expect(configuration.limitsAreOn && configuration.loginLimit == 10 && configuration.accountLimit == 100)
    #expect(configuration.phoneVerification == .off && configuration.tellsUnknownEmails)
    #expect(configuration.google == nil && configuration.teamMail == nil)
  }

  @Test func `every faulty setting is told`() {
    let (_, problems) = read([
      "CARILLON_LOGIN_LIMIT": "0", "CARILLON_PHONE_VERIFICATION": "letter", "CARILLON_TEAM_MAIL": "nobody",
      "CARILLON_LEGACY_406": "perhaps", "CARILLON_GOOGLE_JWKS_URL": "https://keys.test",
    ])
    let names = Set(problems.map { String($0.prefix { $0 != ":" }) })
    #expect(
      names == [
        "CARILLON_LOGIN_LIMIT", "CARILLON_PHONE_VERIFICATION", "CARILLON_TEAM_MAIL", "CARILLON_LEGACY_406",
        "CARILLON_GOOGLE_CLIENT_ID",
      ]
    )
  }

  @Test func `Google is on with keys and a client, codes stay off without a secret`() {
    let (configuration, problems) = read([
      "CARILLON_GOOGLE_JWKS_URL": "https://keys.test", "CARILLON_GOOGLE_CLIENT_ID": "one, two",
    ])
    #expect(problems.isEmpty)
    #expect(configuration.google?.clientIDs == ["one", "two"])
    #expect(configuration.google?.exchange == nil)
  }
}
