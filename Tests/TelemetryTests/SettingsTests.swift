import Glibc
import Testing

@testable import Settings

@Suite struct SettingsTests {
  @Test func `every faulty setting is told, each by its name`() {
    var reader = EnvironmentReader([
      "A": "x", "B": "70000", "C": "perhaps", "D": "5 parsecs", "E": "nowhere", "OK": "7",
    ])
    #expect(reader.int("A", default: 1, in: 0...9, "") == 1)
    #expect(reader.int("B", default: 2, in: 1...65535, "") == 2)
    #expect(reader.flag("C", default: true, "") == true)
    #expect(reader.duration("D", default: .seconds(3), in: .zero ... .seconds(60), "") == .seconds(3))
    #expect(reader.endpoints("E", default: [], "") == [])
    #expect(reader.int("OK", default: 0, in: 0...9, "") == 7)
    #expect(reader.problems.map { $0.prefix(2) } == ["A:", "B:", "C:", "D:", "E:"])
    #expect(reader.problems[1] == "B: '70000' is not a whole number from 1 to 65535")
  }

  @Test(arguments: [("250ms", 250), ("10", 10_000), ("10s", 10_000), ("1.5m", 90_000), ("2h", 7_200_000), ("0", 0)])
  func `a duration is a number with its unit`(text: String, milliseconds: Int) {
    var reader = EnvironmentReader(["D": text])
    let range = Duration.zero ... .seconds(86400)
    #expect(reader.duration("D", default: .seconds(1), in: range, "") == .milliseconds(milliseconds))
    #expect(reader.problems.isEmpty)
  }

  @Test(arguments: ["-1s", "1e400", "nan", "s", "10 s", "inf", "1w"])
  func `what is no duration is refused`(text: String) {
    var reader = EnvironmentReader(["D": text])
    _ = reader.duration("D", default: .seconds(1), in: .zero ... .seconds(86400), "")
    #expect(reader.problems.count == 1)
  }

  @Test func `an empty value counts as unset`() {
    var reader = EnvironmentReader(["A": "", "L": ""])
    #expect(reader.int("A", default: 4, in: 0...9, "") == 4)
    #expect(reader.list("L", default: ["x"], "") == ["x"])
    #expect(reader.text("T", "") == nil)
    #expect(reader.problems.isEmpty)
  }

  @Test func `a list is cut at commas and trimmed`() {
    var reader = EnvironmentReader(["L": " a, b ,,c"])
    #expect(reader.list("L", default: [], "") == ["a", "b", "c"])
  }

  @Test func `asking twice keeps one entry with its default and meaning`() {
    var reader = EnvironmentReader([:])
    for _ in 0..<2 { _ = reader.duration("W", default: .seconds(90), in: .zero ... .seconds(900), "how long to wait") }
    #expect(reader.known == [.init(name: "W", fallback: "90s", meaning: "how long to wait")])
  }

  @Test func `an unknown name is told, with the known one it resembles`() {
    var reader = EnvironmentReader(["CARILLON_BUS_PROT": "1", "CARILLON_FCM_URL": "x", "PATH": "y"])
    _ = reader.busPort(of: .auth)
    #expect(
      reader.unknown() == [
        UnknownSetting(name: "CARILLON_BUS_PROT", resembles: "CARILLON_BUS_PORT"),
        UnknownSetting(name: "CARILLON_FCM_URL", resembles: nil),
      ]
    )
  }

  @Test(arguments: [("127.0.0.1:80", "127.0.0.1", 80), ("auth:7101", "auth", 7101), ("[::1]:9", "::1", 9)])
  func `an endpoint is a host and a port`(text: String, host: String, port: Int) {
    #expect(Endpoint(text) == Endpoint(host: host, port: port))
    #expect(Endpoint(text)?.description == text)
  }

  @Test(arguments: [
    "", "host", "host:", ":80", "host:0", "host:65536", "::1:9", "[host]:9", "a b:9", "h\u{0}:9", "é:9",
  ])
  func `what is no endpoint is refused`(text: String) {
    #expect(Endpoint(text) == nil)
  }

  @Test func `services stand at fixed ports unless their setting says otherwise`() {
    var reader = EnvironmentReader(["CARILLON_BUS_PORT": "9000", "CARILLON_STATS_BUS": "a:1,b:2"])
    #expect(reader.busEndpoints(of: .live) == [Endpoint(host: "127.0.0.1", port: 9006)])
    #expect(reader.busEndpoints(of: .stats) == [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2)])
    #expect(reader.adminPort(of: .calendar) == 7202)
    #expect(ServiceName.allCases.map(\.offset) == Array(0...6))
  }

  @Test func `a URL with a password is refused and not repeated`() {
    var reader = EnvironmentReader(["U": "smtp://me:hunter2@host", "V": "smtp://host:25", "W": "ftp://host"])
    #expect(reader.url("U", schemes: ["smtp"], "") == nil)
    #expect(reader.url("V", schemes: ["smtp"], "") == "smtp://host:25")
    #expect(reader.url("W", schemes: ["smtp", "smtps"], "") == nil)
    #expect(reader.problems.count == 2)
    #expect(!reader.problems.joined().contains("hunter2"))
  }

  @Test func `a secret's file must be closed to others`() throws {
    let path = "/tmp/carillon-secret-\(UInt64.random(in: .min ... .max))"
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o644)
    try #require(descriptor >= 0)
    defer { unlink(path) }
    #expect(write(descriptor, "s3cret\n", 7) == 7)
    close(descriptor)
    var reader = EnvironmentReader(["S": path, "M": "/nonexistent/key", "D": "/tmp"])
    #expect(reader.secret("S", "") == nil)
    #expect(reader.secret("M", "") == nil)
    #expect(reader.secret("D", "") == nil)
    #expect(reader.problems.count == 3)
    chmod(path, 0o600)
    let read = reader.secret("S", "")
    let secret = try #require(read)
    #expect(secret.text == "s3cret")
    #expect("\(secret) \(String(reflecting: secret))" == "*** ***")
    var shown = ""
    dump(secret, to: &shown)
    #expect(!shown.contains("115"))
    #expect(reader.problems.count == 3)
  }

  @Test(arguments: [
    (0, 65532, 0o440, true), (0, 65532, 0o640, true), (0, 65532, 0o400, true), (0, 65532, 0o444, false),
    (0, 65532, 0o660, false), (0, 65532, 0o450, false), (0, 0, 0o440, false), (65532, 65532, 0o440, false),
    (65532, 65532, 0o600, true), (1000, 65532, 0o440, false),
  ])
  func `a group may read only what root lends to another account`(
    owner: uid_t,
    reader: uid_t,
    mode: mode_t,
    isTaken: Bool
  ) {
    #expect(isClosed(mode: mode, owner: owner, reader: reader) == isTaken)
  }
}
