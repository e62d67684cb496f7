import JSON
import Loop
import Outgoing
import Postgres
import Security
import Time

/// How an operator is known to Apple.
struct AppleAccount: Sendable {
  let key: SigningKey
  let keyID: String
  let team: String
  /// The app's bundle id.
  let topic: String
}

/// Apple's push service over HTTP/2, with a token instead of a certificate.
@LoopActor
final class APNs: PushProvider {
  /// Apple takes a token for an hour and dislikes a new one within twenty minutes.
  private static let tokenLife = Duration.seconds(2400)

  private let url: String
  private let account: AppleAccount
  private let clock: WallClock
  private let send: Sending
  private var held: (token: String, made: Timestamp)?

  /// A plain `http` URL is spoken to in HTTP/2 all the same: for tests.
  init(url: String, account: AppleAccount, clock: WallClock, send: @escaping Sending) {
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.account = account
    self.clock = clock
    self.send = send
  }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    // What looks like no token is for Apple to say; only what cannot be part of a path never was one.
    guard case .telephone(_, let token) = target, (1...1000).contains(token.utf8.count),
      token.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else { return .unregistered }
    let bearer = providerToken()
    let request = OutgoingRequest(
      "POST",
      "\(url)/3/device/\(token.percentEncoded)",
      headers: headers(push, bearer),
      body: APNs.body(push).bytes,
      http2: url.hasPrefix("http://") ? .priorKnowledge : .negotiate
    )
    do throws(OutgoingError) {
      let response = try await send(request)
      let reason = APNs.reason(response)
      if reason == "ExpiredProviderToken", held?.token == bearer { held = nil }
      return APNs.outcome(response, reason)
    } catch {
      return PushOutcome(error)
    }
  }

  private func headers(_ push: Push, _ bearer: String) -> [(name: String, value: String)] {
    // Longer ids are refused; a caller's own text is cut to what fits.
    let collapse = String(push.collapse.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.map(Character.init))
    return [
      ("authorization", "bearer \(bearer)"),
      ("apns-topic", account.topic),
      ("apns-push-type", "alert"),
      ("apns-collapse-id", String(collapse.prefix(64))),
      ("apns-id", push.id.description),
      ("apns-expiration", String(Int(push.expires.seconds))),
      ("apns-priority", "10"),
      ("content-type", "application/json"),
    ]
  }

  private func providerToken() -> String {
    let now = clock.now()
    if let held, now >= held.made, now - held.made < APNs.tokenLife { return held.token }
    let claims = RawJSON.object { writer in
      writer.member("iss", account.team)
      writer.member("iat", Int(now.seconds))
    }
    let token = JWT.signed(claims, by: account.key, id: account.keyID)
    held = (token, now)
    return token
  }

  private static func reason(_ response: OutgoingResponse) -> String? {
    (try? JSONValue(parsing: response.body))?.object?["reason"]?.string
  }

  static func outcome(_ response: OutgoingResponse, _ reason: String?) -> PushOutcome {
    switch (response.status, reason) {
    case (200, _): .sent
    case (410, _), (400, "BadDeviceToken"), (400, "DeviceTokenNotForTopic"): .unregistered
    case (403, "ExpiredProviderToken"): .retry(reason: "ExpiredProviderToken", after: nil)
    default: response.passing ?? .failed(reason: "status \(response.status) \(reason ?? "")")
    }
  }

  /// What the iOS app shows (pictever.md 3.8).
  static func body(_ push: Push) -> RawJSON {
    .object { writer in
      writer.name("aps")
      writer.beginObject()
      switch push.content {
      case .message(let label, let badge):
        writer.member("alert", label)
        writer.member("sound", "ache.caf")
        writer.member("badge", badge)
      case .line(let text), .text(_, let text): writer.member("alert", text)
      case .book: writer.member("content-available", 1)
      case .notice(let title, let body, _):
        writer.member(
          "alert",
          .object {
            $0.member("title", title); $0.member("body", body)
          }
        )
        writer.member("sound", "default")
      }
      writer.endObject()
      if case .notice(_, _, let data) = push.content {
        for (name, text) in push.data(data).sorted(by: { $0.key < $1.key }) where name != "aps" {
          writer.name(dynamic: name)
          writer.string(text)
        }
      }
    }
  }
}
