import JSON
import Loop
import Outgoing
import Security
import Time
import Wire

/// What Google gives an operator to send with: a service account's key file.
struct ServiceAccount: Sendable {
  let project: String
  let email: String
  let tokenURL: String
  let key: SigningKey
}

extension ServiceAccount {
  /// Nil unless the file holds all four.
  init?(file: [UInt8]) {
    guard let object = (try? JSONValue(parsing: file))?.object, let project = object["project_id"]?.string,
      let email = object["client_email"]?.string, let tokenURL = object["token_uri"]?.string,
      let pem = object["private_key"]?.string, let key = SigningKey(pem: Array(pem.utf8)), key.algorithm == .rs256
    else { return nil }
    self.project = project
    self.email = email
    self.tokenURL = tokenURL
    self.key = key
  }
}

/// Firebase Cloud Messaging, HTTP v1.
@LoopActor
final class FCM: PushProvider {
  private let url: String
  private let access: AccessToken
  private let clock: WallClock
  private let send: Sending

  /// `url` is the service's address, such as `https://fcm.googleapis.com`.
  init(url: String, account: ServiceAccount, clock: WallClock, send: @escaping Sending) {
    self.url = "\(url.hasSuffix("/") ? String(url.dropLast()) : url)/v1/projects/\(account.project)/messages:send"
    access = AccessToken(account, clock: clock, send: send)
    self.clock = clock
    self.send = send
  }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    guard case .telephone(_, let token) = target else { return .failed(reason: "no token") }
    do throws(OutgoingError) {
      let bearer = try await access.current()
      let request = OutgoingRequest(
        "POST",
        url,
        headers: [("Authorization", "Bearer \(bearer)"), ("Content-Type", "application/json")],
        body: FCM.body(push, token: token, at: clock.now()).bytes
      )
      let response = try await send(request)
      if response.status == 401 { access.forget(bearer) }
      return FCM.outcome(response)
    } catch {
      return PushOutcome(error)
    }
  }

  static func outcome(_ response: OutgoingResponse) -> PushOutcome {
    switch response.status {
    case 200..<300: return .sent
    case 401: return .retry(reason: "status 401", after: nil)
    case 404: return .unregistered
    default: break
    }
    if let passing = response.passing { return passing }
    let code = errorCode(response.body)
    return code == "UNREGISTERED" || code == "SENDER_ID_MISMATCH"
      ? .unregistered : .failed(reason: "status \(response.status) \(code ?? "")")
  }

  /// The word in the error's details.
  private static func errorCode(_ body: [UInt8]) -> String? {
    let error = (try? JSONValue(parsing: body))?.object?["error"]?.object
    return error?["details"]?.array?.compactMap { $0.object?["errorCode"]?.string }.first ?? error?["status"]?.string
  }

  static func body(_ push: Push, token: String, at now: Timestamp) -> RawJSON {
    .object { writer in
      writer.name("message")
      writer.beginObject()
      writer.member("token", token)
      if case .notice(let title, let body, _) = push.content {
        writer.member(
          "notification",
          .object {
            $0.member("title", title); $0.member("body", body)
          }
        )
      }
      writer.name("data")
      writer.texts(data(push, token: token))
      writer.name("android")
      writer.beginObject()
      writer.member("collapse_key", push.collapse)
      writer.member("priority", "HIGH")
      writer.member("ttl", "\(max(0, (push.expires - now).components.seconds))s")
      writer.endObject()
      writer.endObject()
    }
  }

  /// The keys that the Android app looks for (pictever.md 3.8).
  private static func data(_ push: Push, token: String) -> [String: String] {
    switch push.content {
    case .message: ["receiver_reg_id": token]
    case .line(let text): ["silent_push": text]
    case .book: ["get_address_book": "1"]
    case .notice(_, _, let data): push.data(data)
    case .text(_, let body): ["text": body]
    }
  }
}
