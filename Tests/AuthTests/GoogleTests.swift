import JSON
import Outgoing
import Postgres
import Security
import Settings
import Testing
import Time

@testable import AuthCore

@Suite struct GoogleTests {
  private let account = UUIDValue("00000000-0000-4000-8000-00000000000a")!
  private let now = Timestamp(microseconds: 1_900_000_000_000_000)
  private let key = SealingKey([UInt8](repeating: 7, count: 32))!

  private var exchange: AuthConfiguration.Exchange {
    let secret = Secret(path: "/secret", bytes: Array("s&cret\n".utf8))
    return AuthConfiguration.Exchange(
      tokenURL: "https://token.test",
      clientID: "carillon",
      clientSecret: secret,
      sealing: key
    )
  }

  @Test func `a code is sent as a form, each value escaped`() {
    let request = CodeExchange.request("4/a+b=c é", exchange)
    #expect(request.method == "POST" && request.url == "https://token.test")
    let form = String(decoding: request.body, as: UTF8.self)
    #expect(form.hasPrefix("code=4%2Fa%2Bb%3Dc%20%C3%A9&client_id=carillon&client_secret=s%26cret&"))
  }

  @Test func `what Google gives is sealed to its account and use`() throws {
    let answer = #"{"access_token":"acc","refresh_token":"ref","expires_in":3599}"#
    let grant = try CodeExchange.grant(Array(answer.utf8), for: account, sealing: key, at: now)
    #expect(grant.accessExpires == now + .seconds(3599))
    #expect(key.open(grant.accessToken, context: Array("\(account) access".utf8)) == Array("acc".utf8))
    let refresh = try #require(grant.refreshToken)
    #expect(key.open(refresh, context: Array("\(account) refresh".utf8)) == Array("ref".utf8))
    #expect(key.open(refresh, context: Array("\(account) access".utf8)) == nil)
  }

  @Test(arguments: ["", "[]", "{}", #"{"access_token":7}"#, #"{"refresh_token":"r"}"#])
  func `an answer without access is none`(text: String) {
    #expect(throws: JSONFault.self) {
      try CodeExchange.grant(Array(text.utf8), for: account, sealing: key, at: now)
    }
  }

  @Test(arguments: [
    (400, #"{"error":"invalid_grant"}"#, true), (401, #"{"error":"invalid_grant"}"#, true),
    (400, #"{"error":"invalid_request"}"#, false), (401, #"{"error":"invalid_client"}"#, false), (400, "<html>", false),
    (400, "", false), (500, #"{"error":"invalid_grant"}"#, false),
  ])
  func `only one word withdraws what was granted`(status: Int, body: String, withdrawn: Bool) {
    #expect(CodeExchange.isWithdrawn(status, Array(body.utf8)) == withdrawn)
    #expect(CodeExchange.Refused(status, Array(body.utf8)).isFinal == withdrawn)
  }

  @Test func `absurd times and a missing refresh token do no harm`() throws {
    let answer = #"{"access_token":"a","expires_in":1e300}"#
    let grant = try CodeExchange.grant(Array(answer.utf8), for: account, sealing: key, at: now)
    #expect(grant.refreshToken == nil && grant.accessExpires >= now)
  }
}
