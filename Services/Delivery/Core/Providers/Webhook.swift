import JSON
import Loop
import Outgoing
import Postgres
import Security
import Telemetry
import Time

/// The operator's own receiver: a signed POST in the form of standardwebhooks.com, for what no other provider carries.
@LoopActor
final class Webhook: PushProvider {
  private let url: String
  private let key: [UInt8]
  private let clock: WallClock
  private let send: Sending

  init(url: String, key: [UInt8], clock: WallClock, send: @escaping Sending) {
    self.url = url
    self.key = key
    self.clock = clock
    self.send = send
  }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    let (id, moment, body) = (push.id.description, String(Int(clock.now().seconds)), Webhook.body(push).bytes)
    let code = Base64.encode(HMAC.sha256(key: key, Array("\(id).\(moment).".utf8) + body))
    let request = OutgoingRequest(
      "POST",
      url,
      headers: [
        ("Content-Type", "application/json"), ("Idempotency-Key", id), ("webhook-id", id),
        ("webhook-timestamp", moment), ("webhook-signature", "v1,\(String(decoding: code, as: UTF8.self))"),
      ] + (push.trace.map { [("traceparent", $0.traceparent)] } ?? []),
      body: body
    )
    do throws(OutgoingError) {
      let response = try await send(request)
      if (200..<300).contains(response.status) { return .sent }
      return response.passing ?? .failed(reason: "status \(response.status)")
    } catch {
      return PushOutcome(error)
    }
  }

  static func body(_ push: Push) -> RawJSON {
    .object { writer in
      switch push.content {
      case .notice(let title, let body, let data):
        writer.member("type", "notice")
        writer.member("title", title)
        writer.member("body", body)
        writer.name("data")
        writer.texts(data)
      case .text(let number, let body):
        writer.member("type", "text")
        writer.member("to", number)
        writer.member("body", body)
      case .message, .line, .book: writer.member("type", "push")
      }
      writer.member("collapse", push.collapse)
    }
  }
}
