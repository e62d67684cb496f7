import JSON
import Loop
import Outgoing
import Postgres
import Security
import Settings
import Time

/// Browsers, by the push services of their makers (RFC 8030), which know us by a key (VAPID, RFC 8292).
@LoopActor
final class WebPush: PushProvider {
  /// A push service takes a token for a day at most.
  private static let tokenLife = 43_200

  private let key: SigningKey
  private let subject: String
  private let clock: WallClock
  private let send: Sending
  private var tokens: [String: (token: String, expires: Int)] = [:]

  /// `subject` is a `mailto:` or `https:` address under which the push services can reach the operator.
  init(key: SigningKey, subject: String, clock: WallClock, send: @escaping Sending) {
    self.key = key
    self.subject = subject
    self.clock = clock
    self.send = send
  }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    guard case .browser(let web) = target, let parts = URLParts(web.endpoint), let point = key.publicPoint else {
      return .failed(reason: "no subscription")
    }
    guard let message = WebPushMessage(WebPush.body(push), browserKey: web.p256dh, secret: web.auth) else {
      return .failed(reason: "cannot be encrypted")
    }
    let now = clock.now()
    let token = token(for: "\(parts.scheme)://\(parts.authority)", at: Int(now.seconds))
    let request = OutgoingRequest(
      "POST",
      web.endpoint,
      headers: [
        ("Authorization", "vapid t=\(token), k=\(Base64URL.encode(point))"),
        ("Content-Encoding", "aes128gcm"), ("Content-Type", "application/octet-stream"),
        ("TTL", String(max(0, (push.expires - now).components.seconds))), ("Urgency", "high"),
        ("Topic", WebPush.topic(push.collapse)),
      ],
      body: message.body
    )
    do throws(OutgoingError) { return WebPush.outcome(try await send(request)) } catch { return PushOutcome(error) }
  }

  static func outcome(_ response: OutgoingResponse) -> PushOutcome {
    switch response.status {
    case 200..<300: .sent
    case 404, 410: .unregistered
    default: response.passing ?? .failed(reason: "status \(response.status)")
    }
  }

  /// At most 32 characters of base64url; longer names are hashed.
  static func topic(_ collapse: String) -> String { String(Base64URL.encode(SHA256.digest(collapse)).prefix(32)) }

  static func body(_ push: Push) -> [UInt8] {
    RawJSON.object { writer in
      writer.member("id", push.id.description)
      switch push.content {
      case .notice(let title, let body, let data):
        writer.member("title", title)
        // A record holds four kilobytes, and escaping may double what a person wrote.
        writer.member("body", String(body.prefix(600)))
        writer.name("data")
        writer.texts(push.data(data))
      case .message(let label, _): writer.member("title", label)
      case .line(let text), .text(_, let text): writer.member("title", text)
      case .book: writer.member("title", "")
      }
    }.bytes
  }

  private func token(for origin: String, at now: Int) -> String {
    if let held = tokens[origin], held.expires > now + 600, held.expires <= now + WebPush.tokenLife {
      return held.token
    }
    if tokens.count > 100 { tokens = [:] }
    let expires = now + WebPush.tokenLife
    let claims = RawJSON.object { writer in
      writer.member("aud", origin)
      writer.member("exp", expires)
      writer.member("sub", subject)
    }
    let token = JWT.signed(claims, by: key)
    tokens[origin] = (token, expires)
    return token
  }
}
