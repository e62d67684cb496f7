import Bus
import Glibc
import Loop
import Settings
import Testing
import Wire

/// The frame of every daemon, seen from outside: a real process, real signals, real ports.
@Suite(.serialized, .timeLimit(.minutes(1))) struct DaemonProcessTests {
  private struct Hold: Call, Codable {
    typealias Reply = Empty
    static let name = "live.hold"
    var milliseconds: Int
  }

  /// Two free ports, for the bus and for the admin endpoint.
  @LoopActor
  private static func settings(_ more: [String: String] = [:]) throws -> [String: String] {
    let local = try #require(SocketAddress(host: "127.0.0.1", port: 0))
    let listeners = try [TCPListener(on: local) { _ in }, TCPListener(on: local) { _ in }]
    defer { for listener in listeners { listener.close() } }
    let offset = ServiceName.live.offset
    return [
      "CARILLON_BUS_PORT": "\(listeners[0].port - offset)", "CARILLON_ADMIN_PORT": "\(listeners[1].port - offset)",
    ].merging(more) { $1 }
  }

  private static func port(_ name: String, of settings: [String: String]) -> Int {
    (settings[name].flatMap { Int($0) } ?? 0) + ServiceName.live.offset
  }

  @LoopActor
  private static func client(of settings: [String: String]) -> BusClient {
    let client = BusClient(
      service: "live",
      endpoints: [(host: "127.0.0.1", port: port("CARILLON_BUS_PORT", of: settings))],
      key: nil
    )
    client.start()
    return client
  }

  /// The whole answer of the admin port.
  @LoopActor
  private static func get(_ path: String, _ settings: [String: String]) async throws -> String {
    let address = try #require(SocketAddress(host: "127.0.0.1", port: port("CARILLON_ADMIN_PORT", of: settings)))
    let stream = try await TCPStream.connect(to: address)
    var text = ""
    return await withCheckedContinuation { continuation in
      stream.received = { text += String(decoding: $0, as: UTF8.self) }
      stream.closed = { _ in continuation.resume(returning: text) }
      stream.write(Array("GET \(path) HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".utf8))
    }
  }

  @Test @LoopActor func `a daemon becomes ready, tells about itself, and stops when asked`() async throws {
    let settings = try Self.settings()
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: #""event":"daemon.ready""#)
    #expect(try await Self.get("/livez", settings).hasPrefix("HTTP/1.1 200 "))
    let ready = try await Self.get("/readyz", settings)
    #expect(ready.hasPrefix("HTTP/1.1 200 "))
    #expect(ready.hasSuffix(#"{"ready":true,"reasons":[]}"#))
    let metrics = try await Self.get("/metrics", settings)
    for name in [
      "process_resident_memory_bytes ", "process_open_fds ", "carillon_loop_lag_seconds_count ", "carillon_ready 1",
    ] {
      #expect(metrics.contains("\n" + name))
    }
    #expect(try await Self.get("/version", settings).contains(#""service":"live""#))
    #expect(try await Self.get("/nothing", settings).hasPrefix("HTTP/1.1 404 "))
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 0)
    #expect(daemon.output.contains(#""event":"specimen.drained""#))
    #expect(daemon.output.contains(#""event":"daemon.drained""#))
  }

  @Test @LoopActor func `a probe tells whether the daemon of the same settings is ready`() async throws {
    let settings = try Self.settings()
    let early = try SpecimenProcess(["--probe"], settings)
    #expect(await early.exit() == 111)
    #expect(early.output.hasPrefix("not ready: nobody answers at 127.0.0.1:"))
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: "daemon.ready")
    let probe = try SpecimenProcess(["--probe"], settings)
    #expect(await probe.exit() == 0)
    #expect(probe.output == "ready\n")
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 0)
  }

  @Test @LoopActor func `a probe repeats why a daemon is not ready`() async throws {
    let settings = try Self.settings(["SPECIMEN_SCHEMA": "1", "CARILLON_STATE": "/nonexistent"])
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: "schema.waits")
    let probe = try SpecimenProcess(["--probe"], settings)
    #expect(await probe.exit() == 111)
    #expect(probe.output == "not ready: {\"ready\":false,\"reasons\":[\"starting\",\"database\"]}\n")
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 0)
  }

  @Test @LoopActor func `a call under way is answered before the daemon leaves`() async throws {
    let settings = try Self.settings(["SPECIMEN_WORK": "endures"])
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: "daemon.ready")
    let client = Self.client(of: settings)
    defer { client.end() }
    async let reply = client.call(Hold(milliseconds: 2000), CallContext())
    try await daemon.wait(for: "specimen.holding")
    daemon.send(SIGTERM)
    try await daemon.wait(for: "daemon.stop_asked")
    #expect(try await Self.get("/readyz", settings).contains(#"{"ready":false,"reasons":["draining"]}"#))
    _ = try await reply
    #expect(await daemon.exit() == 0)
    #expect(daemon.output.contains("specimen.cancelled"))
    #expect(!daemon.output.contains("drain_cut"))
  }

  @Test @LoopActor func `the drain limit cuts what takes too long`() async throws {
    let settings = try Self.settings(["CARILLON_DRAIN_SECONDS": "1"])
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: "daemon.ready")
    let client = Self.client(of: settings)
    defer { client.end() }
    async let reply = try? client.call(Hold(milliseconds: 30_000), CallContext(timeout: 40_000))
    try await daemon.wait(for: "specimen.holding")
    daemon.send(SIGINT)
    #expect(await daemon.exit() == 0)
    #expect(daemon.output.contains("daemon.drain_cut"))
    #expect(daemon.output.contains("specimen.drained"))
    #expect(await reply == nil)
  }

  @Test @LoopActor func `a second signal cuts at once`() async throws {
    let settings = try Self.settings(["CARILLON_DRAIN_DELAY": "60s"])
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: "daemon.ready")
    daemon.send(SIGTERM)
    try await daemon.wait(for: "daemon.stop_asked")
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 1)
  }

  @Test @LoopActor func `without PostgreSQL a daemon waits, says so, and still stops`() async throws {
    let settings = try Self.settings(["SPECIMEN_SCHEMA": "1", "CARILLON_STATE": "/nonexistent"])
    let daemon = try SpecimenProcess([], settings)
    try await daemon.wait(for: "schema.waits")
    try await daemon.wait(for: #""setting":"CARILLON_DATABASE_URL","is_set":false"#)
    let answer = try await Self.get("/readyz", settings)
    #expect(answer.hasPrefix("HTTP/1.1 503 "))
    #expect(answer.contains(#""reasons":["starting","database"]"#))
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 0)
    #expect(!daemon.output.contains("daemon.ready"))
  }

  @Test @LoopActor func `a taken port means try again`() async throws {
    let settings = try Self.settings()
    let first = try SpecimenProcess([], settings)
    try await first.wait(for: "daemon.ready")
    let second = try SpecimenProcess([], settings)
    #expect(await second.exit() == 111)
    #expect(second.output.contains("daemon.cannot_start"))
    let admin = Self.port("CARILLON_ADMIN_PORT", of: settings)
    #expect(second.output.contains("cannot listen at 127.0.0.1:\(admin) (CARILLON_ADMIN_PORT): address already in use"))
    first.send(SIGTERM)
    #expect(await first.exit() == 0)
  }

  @Test @LoopActor func `a clock that is set while the daemon runs is told`() async throws {
    let file = "/tmp/carillon-clock-\(UInt64.random(in: .min ... .max))"
    defer { unlink(file) }
    let daemon = try SpecimenProcess([], try Self.settings(["CARILLON_CLOCK_FILE": file]))
    try await daemon.wait(for: "daemon.ready")
    let descriptor = open(file, O_CREAT | O_WRONLY, 0o600)
    #expect(write(descriptor, "-3600", 5) == 5)
    close(descriptor)
    try await daemon.wait(for: #""event":"daemon.clock_jumped","by":-3"#)
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 0)
  }

  @Test @LoopActor func `a part that ends takes the daemon with it`() async throws {
    let daemon = try SpecimenProcess([], try Self.settings(["SPECIMEN_WORK": "fails"]))
    #expect(await daemon.exit() == 111)
    #expect(daemon.output.contains(#""event":"daemon.worker_ended","worker":"failure""#))
  }

  @Test @LoopActor func `wrong settings are told together and mean do not restart`() async throws {
    let wrong = ["CARILLON_BUS_PORT": "many", "SPECIMEN_WORK": "hard", "CARILLON_BUS_BIND": "0.0.0.0"]
    for arguments in [[], ["--check"]] {
      let daemon = try SpecimenProcess(arguments, wrong)
      #expect(await daemon.exit() == 100)
      for name in ["CARILLON_BUS_PORT: 'many'", "SPECIMEN_WORK: 'hard'", "CARILLON_BUS_KEY_FILE: "] {
        #expect(daemon.output.contains(name))
      }
    }
  }

  @Test @LoopActor func `the command line is short and closed`() async throws {
    let expected: [([String], Int32, String)] = [
      (["--check"], 0, "in order"), (["--version"], 0, "1."), (["--help"], 0, "CARILLON_DRAIN_SECONDS (10s)"),
      (["--port", "80"], 100, "unknown argument"), (["serve"], 100, "'serve'"),
    ]
    for (arguments, status, text) in expected {
      let daemon = try SpecimenProcess(arguments)
      #expect(await daemon.exit() == status)
      #expect(daemon.output.contains(text))
    }
  }

  @Test @LoopActor func `systemd is told when the daemon is ready and when it stops`() async throws {
    let path = "/tmp/carillon-notify-\(getpid())"
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer {
      close(descriptor)
      unlink(path)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    let daemon = try SpecimenProcess([], try Self.settings(["NOTIFY_SOCKET": path]))
    try await daemon.wait(for: "daemon.ready")
    daemon.send(SIGTERM)
    #expect(await daemon.exit() == 0)
    #expect(Self.datagrams(descriptor) == ["READY=1", "STOPPING=1"])
  }

  private static func datagrams(_ descriptor: Int32) -> [String] {
    var list: [String] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
      list.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
    return list
  }
}
