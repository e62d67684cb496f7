import JSON
import Loop
import Postgres
import Security
import Telemetry
import Testing
import Time
import Wire

@testable import DeliveryCore
@testable import Outgoing

private let clock = ManualClock()

/// Answers requests one after the other, and keeps them.
@LoopActor
private final class Script {
  private(set) var requests: [OutgoingRequest] = []
  private var answers: [(Int, String, [(name: String, value: String)])]

  init(_ answers: [(Int, String, [(name: String, value: String)])]) { self.answers = answers }

  func send(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
    requests.append(request)
    guard !answers.isEmpty else { throw .timedOut }
    let (status, body, headers) = answers.removeFirst()
    let head = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    return OutgoingResponse(status: status, head: Array(head.utf8), body: Array(body.utf8))
  }

  func body(_ place: Int) throws -> JSONObject? { try JSONValue(parsing: requests[place].body).object }
  func header(_ place: Int, _ name: String) -> String? {
    requests[place].headers.first { $0.name.lowercased() == name }?.value
  }
}

@LoopActor
private func push(_ kind: JobKind, notice: Notice? = nil, trace: TraceContext? = nil) throws -> Push {
  let job = ClaimedJob(
    id: UUIDValue(high: 1, low: 2),
    kind: kind,
    notice: notice,
    due: clock.now,
    expires: nil,
    attempts: 1,
    firstTry: clock.now,
    quietEnd: nil,
    label: "1 week earlier",
    badge: 3,
    addresses: Addresses(),
    trace: trace
  )
  return try #require(Push(job, at: clock.now))
}

@Suite @LoopActor struct FCMTests {
  private static let key = SigningKey(generating: .rs256)
  private let android = PushTarget.telephone(.android, token: "tok")
  private let token = (200, #"{"access_token":"AT","expires_in":3600}"#, [(name: String, value: String)]())

  private func fcm(_ script: Script) throws -> FCM {
    let account = ServiceAccount(project: "p", email: "a@p.example", tokenURL: "http://token/", key: Self.key)
    return FCM(url: "http://fcm/", account: account, clock: clock.wall, send: script.send)
  }

  @Test func `one access token serves many pushes, until it is about to end`() async throws {
    let script = Script([token, (200, "{}", []), (200, "{}", []), token, (200, "{}", [])])
    let fcm = try fcm(script)
    for _ in 0..<2 { #expect(await fcm.push(try push(.message), to: android) == .sent) }
    clock.advance(by: .seconds(3541))
    #expect(await fcm.push(try push(.message), to: android) == .sent)
    #expect(script.requests.map(\.url).filter { $0 == "http://token/" }.count == 2)
    #expect(script.requests[1].url == "http://fcm/v1/projects/p/messages:send")
    #expect(script.header(1, "authorization") == "Bearer AT")
    let assertion = try #require(String(decoding: script.requests[0].body, as: UTF8.self).split(separator: "=").last)
    let jwt = try #require(JWT(parsing: String(assertion)))
    #expect(jwt.isSigned(by: Self.key.publicKey) && jwt.claims["iss"]?.string == "a@p.example")
  }

  @Test func `a message tells nothing but that it is there`() async throws {
    let script = Script([token, (200, "{}", [])])
    _ = try await fcm(script).push(push(.message), to: android)
    let message = try script.body(1)?["message"]?.object
    #expect(message?["token"]?.string == "tok" && message?["notification"] == nil)
    #expect(message?["data"]?.object?["receiver_reg_id"]?.string == "tok")
    #expect(message?["android"]?.object?["collapse_key"]?.string == "00000000-0000-0001-0000-000000000002")
  }

  @Test(arguments: [
    (404, "", PushOutcome.unregistered),
    (400, #"{"error":{"status":"INVALID_ARGUMENT","details":[{"errorCode":"UNREGISTERED"}]}}"#, .unregistered),
    (400, #"{"error":{"status":"INVALID_ARGUMENT"}}"#, .failed(reason: "status 400 INVALID_ARGUMENT")),
    (503, "", .retry(reason: "status 503", after: .seconds(7))), (401, "", .retry(reason: "status 401", after: nil)),
    (302, "", .failed(reason: "status 302 ")),
  ])
  func `each answer has its meaning`(status: Int, body: String, outcome: PushOutcome) async throws {
    let script = Script([token, (status, body, [("retry-after", "7")])])
    #expect(try await fcm(script).push(push(.message), to: android) == outcome)
  }

  @Test func `without an access token, or without an answer, it is tried again`() async throws {
    #expect(try await fcm(Script([])).push(push(.message), to: android) == .retry(reason: "timed out", after: nil))
    let down = try await fcm(Script([(503, "", [])])).push(push(.message), to: android)
    #expect(down == .retry(reason: "refused with 421", after: nil))
  }

  @Test func `only a whole key file is an account`() {
    for text in ["", "{}", #"{"project_id":"p","client_email":"a","token_uri":"t","private_key":"x"}"#] {
      #expect(ServiceAccount(file: Array(text.utf8)) == nil)
    }
  }
}

@Suite @LoopActor struct APNsTests {
  private static let key = SigningKey(generating: .es256)
  private let iPhone = PushTarget.telephone(.ios, token: "A1b2")

  private func apns(_ script: Script) -> APNs {
    let account = AppleAccount(key: Self.key, keyID: "KEY", team: "TEAM", topic: "org.example.app")
    return APNs(url: "http://apns", account: account, clock: clock.wall, send: script.send)
  }

  @Test func `a message shows its label, with our id to replace it by`() async throws {
    let script = Script([(200, "", []), (200, "", [])])
    let apns = apns(script)
    for _ in 0..<2 { #expect(await apns.push(try push(.message), to: iPhone) == .sent) }
    let aps = try script.body(0)?["aps"]?.object
    #expect(aps?["alert"]?.string == "1 week earlier" && aps?["sound"]?.string == "ache.caf")
    #expect(aps?["badge"]?.number?.int == 3)
    #expect(script.requests[0].url == "http://apns/3/device/A1b2" && script.requests[0].http2 == .priorKnowledge)
    #expect(script.header(0, "apns-collapse-id") == "00000000-0000-0001-0000-000000000002")
    #expect(script.header(0, "apns-push-type") == "alert" && script.header(0, "apns-topic") == "org.example.app")
    let bearer = try #require(script.header(0, "authorization"))
    #expect(bearer == script.header(1, "authorization"))
    let jwt = try #require(JWT(parsing: String(bearer.dropFirst("bearer ".count))))
    #expect(jwt.isSigned(by: Self.key.publicKey) && jwt.keyID == "KEY" && jwt.claims["iss"]?.string == "TEAM")
  }

  @Test(arguments: [
    ("a-b:c_d.e~f", "a-b%3Ac_d.e~f"), ("a/b?c#d%20 e", "a%2Fb%3Fc%23d%2520%20e"), ("{\"A\"}", "%7B%22A%22%7D"),
  ])
  func `whether a token is one is for Apple to say`(token: String, segment: String) async throws {
    let script = Script([(400, #"{"reason":"BadDeviceToken"}"#, [])])
    let outcome = try await apns(script).push(push(.message), to: .telephone(.ios, token: token))
    #expect(outcome == .unregistered && script.requests.map(\.url) == ["http://apns/3/device/\(segment)"])
  }

  @Test func `what no path can hold is no token`() async throws {
    let script = Script([])
    for token in ["", "t\u{7F}", "a\nb", "jeton\u{E9}", String(repeating: "a", count: 1001)] {
      #expect(try await apns(script).push(push(.message), to: .telephone(.ios, token: token)) == .unregistered)
    }
    #expect(script.requests.isEmpty)
  }

  @Test func `an announcement makes no sound`() throws {
    let body = try APNs.body(push(.joined, notice: Notice("Annie"))).value().object
    #expect(body?["aps"]?.object?.members.map(\.name) == ["alert"])
  }

  @Test func `a token ends, is expired, or is none`() async throws {
    let script = Script([
      (410, #"{"reason":"Unregistered"}"#, []), (400, #"{"reason":"BadDeviceToken"}"#, []),
      (403, #"{"reason":"ExpiredProviderToken"}"#, []), (400, #"{"reason":"BadTopic"}"#, []), (429, "", []),
    ])
    let apns = apns(script)
    #expect(await apns.push(try push(.message), to: iPhone) == .unregistered)
    #expect(await apns.push(try push(.message), to: iPhone) == .unregistered)
    #expect(await apns.push(try push(.message), to: iPhone) == .retry(reason: "ExpiredProviderToken", after: nil))
    #expect(await apns.push(try push(.message), to: iPhone) == .failed(reason: "status 400 BadTopic"))
    #expect(script.header(2, "authorization") != script.header(3, "authorization"))
    #expect(await apns.push(try push(.message), to: iPhone) == .retry(reason: "status 429", after: nil))
    #expect(await apns.push(try push(.message), to: .telephone(.ios, token: "..\n")) == .unregistered)
    #expect(script.requests.count == 5)
  }

  @Test func `data of a notice cannot take Apple's own place`() throws {
    let body = try APNs.body(push(.notice, notice: Notice("B", title: "T", data: ["aps": "x", "event": "7"]))).value()
      .object
    #expect(body?.members.map(\.name) == ["aps", "event"] && body?["aps"]?.object != nil)
  }
}

@Suite @LoopActor struct PushTraceTests {
  private let trace = TraceContext.root()

  private func hasTrace(_ text: String?) -> Bool {
    let told = text.flatMap { TraceContext(traceparent: $0) }
    return told?.requestID == trace.requestID && told != trace
  }

  @Test func `a notice goes on in the trace that asked for it`() async throws {
    let notice = try push(.notice, notice: Notice("B", data: ["a": "b"]), trace: trace)
    let android = try FCM.body(notice, token: "t", at: clock.now).value().object?["message"]?.object?["data"]?.object
    #expect(hasTrace(android?["traceparent"]?.string) && android?["a"]?.string == "b")
    #expect(hasTrace(try APNs.body(notice).value().object?["traceparent"]?.string))
    let script = Script([(204, "", [])])
    let webhook = Webhook(url: "http://hook/", key: [1], clock: clock.wall, send: script.send)
    _ = await webhook.push(notice, to: .webhook)
    #expect(hasTrace(script.header(0, "traceparent")))
  }

  @Test func `what the caller says of a trace is the caller's`() throws {
    let notice = try push(.notice, notice: Notice("B", data: ["traceparent": "mine"]), trace: trace)
    #expect(notice.data(["traceparent": "mine"]) == ["traceparent": "mine"])
  }
}

@Suite @LoopActor struct WebhookTests {
  @Test func `a notice is signed over its id, its moment and its body`() async throws {
    let script = Script([(204, "", []), (500, "", []), (400, "", [])])
    let webhook = Webhook(url: "http://hook/", key: Array("secret".utf8), clock: clock.wall, send: script.send)
    let notice = Notice("Body", title: "Title", data: ["a": "b"])
    #expect(await webhook.push(try push(.notice, notice: notice), to: .webhook) == .sent)
    let id = try #require(script.header(0, "webhook-id"))
    let moment = try #require(script.header(0, "webhook-timestamp"))
    #expect(script.header(0, "idempotency-key") == id)
    let code = HMAC.sha256(key: Array("secret".utf8), Array("\(id).\(moment).".utf8) + script.requests[0].body)
    #expect(script.header(0, "webhook-signature") == "v1,\(String(decoding: Base64.encode(code), as: UTF8.self))")
    #expect(try script.body(0)?["title"]?.string == "Title")
    #expect(
      await webhook.push(try push(.notice, notice: notice), to: .webhook) == .retry(reason: "status 500", after: nil)
    )
    #expect(
      await webhook.push(try push(.notice, notice: notice), to: .webhook) == .failed(reason: "status 400")
    )
  }
}

@Suite @LoopActor struct WebPushTests {
  private let key = SigningKey(generating: .es256)

  @Test func `a browser gets what it alone can read, from somebody it knows`() async throws {
    let script = Script([(201, "", []), (410, "", [])])
    let point = try #require(SigningKey(generating: .es256).publicPoint)
    let web = WebSubscription(endpoint: "https://push.example/abc", p256dh: point, auth: Random.bytes(16))
    let provider = WebPush(key: key, subject: "mailto:ops@example.org", clock: clock.wall, send: script.send)
    let push = try push(.notice, notice: Notice("Body", title: "Title"))
    #expect(await provider.push(push, to: .browser(web)) == .sent)
    #expect(script.header(0, "content-encoding") == "aes128gcm" && script.header(0, "topic")?.utf8.count == 32)
    let authorization = try #require(script.header(0, "authorization"))
    let token = try #require(authorization.firstMatch(of: /^vapid t=([^,]+), k=(.+)$/))
    let jwt = try #require(JWT(parsing: String(token.1)))
    #expect(jwt.isSigned(by: key.publicKey) && jwt.claims["aud"]?.string == "https://push.example")
    #expect(await provider.push(push, to: .browser(web)) == .unregistered)
  }
}
