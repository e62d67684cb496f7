import Glibc
import JSON
import Kit
import Loop
import Security
import Settings
import Testing

/// Firebase, Apple and a browser maker on a port of this machine, and the keys to speak to them.
@LoopActor
final class PushStub {
  private let process: ChildProcess
  private let folder: ScratchFolder
  private let client: TestClient

  /// A push as a provider saw it.
  struct Seen: Sendable {
    let provider: String
    let token: String
    let collapse: String
    let status: Int
    /// In seconds since 1970.
    let time: Double
    let data: JSONObject
    var aps: JSONObject? { data["aps"]?.object }
  }

  /// Runs the body with daemons that push by the stub.
  static func with<T>(
    _ services: [ServiceName] = [.auth, .delivery, .gateway],
    settings: [String: String] = [:],
    stub program: String = "push_providers.py",
    _ body: @LoopActor (Stack, PushStub) async throws -> T
  ) async throws -> T {
    let stub = try await PushStub(program)
    defer {
      stub.process.signal(SIGKILL)
      stub.folder.remove()
    }
    let all = stub.settings.merging(["CARILLON_RATE_LIMITS": "off"]) { $1 }.merging(settings) { $1 }
    return try await Stack.with(services, settings: all) { stack in try await body(stack, stub) }
  }

  private init(_ program: String) async throws {
    let python = try #require(TestEnvironment.python, "no Python with the clients of Tests/requirements.txt")
    process = try ChildProcess([python, "\(TestEnvironment.root)/Tests/Stubs/\(program)"], environment: [:])
    let line = try await process.line("port") { $0.hasPrefix("listening ") }
    client = TestClient(port: try #require(Int(process.lines[line].dropFirst("listening ".count))))
    folder = try ScratchFolder("push")
    try await writeKeys()
  }

  private func writeKeys() async throws {
    let rsa = try await Command(["/usr/bin/openssl", "genrsa", "2048"]).run().filter { !$0.isEmpty }
    let curve = ["/usr/bin/openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    let account = RawJSON.object { writer in
      writer.member("project_id", "stub")
      writer.member("client_email", "stub@stub.example")
      writer.member("token_uri", "http://127.0.0.1:\(client.port)/token")
      writer.member("private_key", rsa.joined(separator: "\n") + "\n")
    }
    try folder.write(String(decoding: account.bytes, as: UTF8.self), as: "fcm.json")
    for name in ["apns.p8", "vapid.pem"] {
      try folder.write(try await Command(curve).run().joined(separator: "\n") + "\n", as: name)
    }
  }

  private var settings: [String: String] {
    let url = "http://127.0.0.1:\(client.port)"
    return [
      "CARILLON_FCM_URL": url, "CARILLON_FCM_KEY_FILE": "\(folder.path)/fcm.json", "CARILLON_APNS_URL": url,
      "CARILLON_APNS_KEY_FILE": "\(folder.path)/apns.p8", "CARILLON_APNS_KEY_ID": "KEY",
      "CARILLON_APNS_TEAM_ID": "TEAM",
      "CARILLON_APNS_TOPIC": "org.example.app", "CARILLON_VAPID_KEY_FILE": "\(folder.path)/vapid.pem",
      "CARILLON_VAPID_SUBJECT": "mailto:ops@example.org", "CARILLON_WEBPUSH_ORIGINS": url,
    ]
  }

  /// What a browser that has subscribed here says of itself; pushes to it are those to `/web/<name>`.
  func subscription(_ name: String) throws -> String {
    let point = try #require(SigningKey(generating: .es256).publicPoint)
    let keys = #"{"p256dh":"\#(Base64URL.encode(point))","auth":"\#(Base64URL.encode(Random.bytes(16)))"}"#
    let endpoint = "http://127.0.0.1:\(client.port)/web/\(name)"
    return #"{"kind":"web","name":"\#(name)","endpoint":"\#(endpoint)","keys":\#(keys)}"#
  }

  // MARK: - What it saw

  func log() async throws -> [Seen] {
    let list = try await client.send("GET", "/log", within: .seconds(30)).json().array ?? []
    return list.compactMap { entry in
      guard let push = entry.object, let provider = push["provider"]?.string, let token = push["token"]?.string,
        let collapse = push["collapse"]?.string, let status = push["status"]?.number?.int,
        let time = push["at"]?.number?.double, let data = push["data"]?.object
      else { return nil }
      return Seen(provider: provider, token: token, collapse: collapse, status: status, time: time, data: data)
    }
  }

  /// Waits until so many pushes to a device were seen. Asked again and again: the stub tells nobody.
  func pushes(to token: String, _ count: Int, within limit: Duration = .seconds(10)) async throws -> [Seen] {
    let deadline = ContinuousClock.now + limit
    while true {
      let pushes = try await log().filter { $0.token == token }
      if pushes.count >= count || ContinuousClock.now > deadline { return pushes }
      try await pause(for: .milliseconds(20))
    }
  }

  func answer(_ mode: String) async throws {
    #expect(try await client.post("/mode", json: mode).status == 200)
  }
}
