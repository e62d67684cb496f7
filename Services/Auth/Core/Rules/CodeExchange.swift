import JSON
import Outgoing
import Postgres
import Security
import Settings
import Time

/// The exchange of a server code for access to somebody's calendar (RFC 6749 section 4.1.3), without its transport.
enum CodeExchange {
  struct Refused: Error {
    let status: Int
    /// The code will never be taken.
    let isFinal: Bool

    init(_ status: Int, _ body: [UInt8]) {
      self.status = status
      isFinal = CodeExchange.isWithdrawn(status, body)
    }
  }

  /// Asks for a new access token by the refresh token (RFC 6749 section 6).
  static func renewal(_ refreshToken: String, _ exchange: AuthConfiguration.Exchange) -> OutgoingRequest {
    post(
      [
        ("refresh_token", refreshToken), ("client_id", exchange.clientID),
        ("client_secret", exchange.clientSecret.text), ("grant_type", "refresh_token"),
      ],
      exchange
    )
  }

  static func request(_ code: String, _ exchange: AuthConfiguration.Exchange) -> OutgoingRequest {
    let fields = [
      ("code", code), ("client_id", exchange.clientID), ("client_secret", exchange.clientSecret.text),
      // Codes of mobile apps belong to no page that Google could send the user back to.
      ("redirect_uri", ""), ("grant_type", "authorization_code"),
    ]
    return post(fields, exchange)
  }

  /// Whether the answer says that what was granted holds no more, or a code no longer (RFC 6749 section 5.2). Any other
  /// refusal is trouble of the server, or of ours with it, and may pass.
  static func isWithdrawn(_ status: Int, _ body: [UInt8]) -> Bool {
    guard status == 400 || status == 401, let answer = (try? JSONValue(parsing: body))?.object else { return false }
    return answer["error"]?.string == "invalid_grant"
  }

  private static func post(
    _ fields: [(String, String)],
    _ exchange: AuthConfiguration.Exchange
  ) -> OutgoingRequest {
    let form = fields.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
    let headers = [(name: "Content-Type", value: "application/x-www-form-urlencoded")]
    return OutgoingRequest("POST", exchange.tokenURL, headers: headers, body: Array(form.utf8))
  }

  /// Reads Google's answer and seals what it gives, each token to its account and use.
  static func grant(
    _ body: [UInt8],
    for account: UUIDValue,
    sealing key: SealingKey,
    at now: Timestamp
  ) throws -> GoogleGrant {
    guard let answer = try JSONValue(parsing: body).object, let access = answer["access_token"]?.string else {
      throw JSONFault(.type, at: 0)
    }
    func seal(_ token: String, _ use: String) -> [UInt8] { key.seal(Array(token.utf8), context: context(account, use)) }
    let seconds = min(max(answer["expires_in"]?.number?.int ?? 0, 0), 86_400)
    return GoogleGrant(
      refreshToken: answer["refresh_token"]?.string.map { seal($0, "refresh") },
      accessToken: seal(access, "access"),
      accessExpires: now + .seconds(seconds)
    )
  }
}

extension CodeExchange {
  /// Where a sealed token belongs: it opens for no other account and no other use.
  private static func context(_ account: UUIDValue, _ use: String) -> [UInt8] { Array("\(account) \(use)".utf8) }

  /// The access token of a grant; nil when it cannot be opened.
  static func accessToken(_ grant: GoogleGrant, of account: UUIDValue, sealing key: SealingKey) -> String? {
    key.open(grant.accessToken, context: context(account, "access")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The refresh token of a grant; nil when there is none, or it cannot be opened.
  static func refreshToken(_ grant: GoogleGrant, of account: UUIDValue, sealing key: SealingKey) -> String? {
    grant.refreshToken.flatMap { key.open($0, context: context(account, "refresh")) }
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
