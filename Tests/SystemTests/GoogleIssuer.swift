import Glibc
import JSON
import Kit
import Loop
import Security

/// Google's part in a sign-in: publishes the key it signs with, on a port of this machine.
@LoopActor
final class GoogleIssuer {
  static let clientID = "carillon.apps.test"
  private nonisolated static let key = SigningKey(generating: .rs256)
  private nonisolated static let other = SigningKey(generating: .rs256)
  private let listener: TCPListener
  private var issued = 0

  /// Daemons that believe a running issuer.
  static func with<T>(
    settings: [String: String] = [:],
    _ body: @LoopActor (Stack, GoogleIssuer) async throws -> T
  ) async throws -> T {
    let issuer = try await GoogleIssuer()
    defer { issuer.listener.close() }
    return try await AccountStack.with(settings: issuer.settings.merging(settings) { $1 }) { stack throws in
      try await body(stack, issuer)
    }
  }

  init() async throws {
    let key = String(decoding: GoogleIssuer.key.publicKey.jwk(id: "k1").bytes, as: UTF8.self)
    let document = #"{"keys":[\#(key)]}"#
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    let answer = Array("\(head)Content-Length: \(document.utf8.count)\r\n\r\n\(document)".utf8)
    listener = try TCPListener(on: await SocketAddress.resolve(host: "127.0.0.1", port: 0)) { stream in
      stream.received = { _ in
        stream.write(answer)
        stream.closeAfterWrites()
      }
    }
  }

  func close() { listener.close() }

  var settings: [String: String] {
    [
      "CARILLON_GOOGLE_JWKS_URL": "http://127.0.0.1:\(listener.port)/certs",
      "CARILLON_GOOGLE_CLIENT_ID": GoogleIssuer.clientID,
    ]
  }

  /// An ID token, each one another; right in all that is not given.
  func token(
    _ email: String,
    audience: String = clientID,
    verified: Bool = true,
    lasting: Int = 3600,
    forged: Bool = false,
    at now: Int = Int(time(nil))
  ) -> String {
    issued += 1
    let claims = RawJSON.object { claims in
      claims.member("iss", "https://accounts.google.com")
      claims.member("aud", audience)
      claims.member("sub", "subject of \(email)")
      claims.member("email", email)
      claims.member("email_verified", verified)
      claims.member("jti", issued)
      claims.member("iat", now - 7200)
      claims.member("exp", now + lasting)
    }
    return JWT.signed(claims, by: forged ? GoogleIssuer.other : GoogleIssuer.key, id: "k1")
  }
}
