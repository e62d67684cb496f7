import Bus
import Glibc
import Postgres
import Testing
import Time

@testable import Daemon
@testable import Settings

/// What the frame of a daemon decides, without a process around it.
@Suite struct DaemonRulesTests {
  private func read(_ environment: [String: String], database: Bool = true) -> (DaemonSettings, [String]) {
    var reader = EnvironmentReader(environment)
    let settings = DaemonSettings(&reader, service: .auth, hasDatabase: database, folder: "/srv/app")
    return (settings, reader.problems)
  }

  @Test func `nothing set means loopback, the private cluster and no problem`() {
    let (settings, problems) = read([:])
    #expect(problems.isEmpty)
    #expect(settings.bus.description == "127.0.0.1:7101")
    #expect(settings.admin.description == "127.0.0.1:7201")
    #expect(
      settings.database?.url
        == "postgresql:///carillon?host=/srv/app/.carillon/run&port=7300&user=carillon_auth"
    )
    #expect(read([:], database: false).0.database == nil)
  }

  @Test func `the daemon's own database wins over the common one, where its name is put in`() {
    let common = ["CARILLON_DATABASE_URL": "postgres://{service}@db/{service}?passfile=/run/{service}.pass"]
    #expect(read(common).0.database?.url == "postgres://auth@db/auth?passfile=/run/auth.pass")
    let own = common.merging(["CARILLON_AUTH_DATABASE_URL": "host=/tmp dbname=x"]) { $1 }
    #expect(read(own).0.database?.url == "host=/tmp dbname=x")
    #expect(read(own).1.isEmpty)
  }

  @Test(arguments: [
    "postgres://me:hunter2@db/x", "postgres://db/x?password=hunter2", "host=db password=hunter2",
    "host=db PASSWORD = 'hunter2'", "postgres://db/x y?password=hunter2", "postgres://db/x?sslpassword=hunter2",
  ])
  func `a password in a database URL is refused and not repeated`(url: String) {
    let (_, problems) = read(["CARILLON_AUTH_DATABASE_URL": url])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("CARILLON_AUTH_DATABASE_URL: ") == true)
    #expect(problems.first?.contains("hunter2") == false)
  }

  @Test(arguments: ["postgres://db/x?usr=me", "host=db name", "postgres://db/x?port"])
  func `a database URL that libpq cannot read is a wrong setting`(url: String) {
    let (_, problems) = read(["CARILLON_DATABASE_URL": url])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("CARILLON_DATABASE_URL: libpq cannot read it: ") == true)
  }

  @Test func `who looks for the database is told which setting names it`() {
    let common = ["CARILLON_DATABASE_URL": "host=a"]
    let own = common.merging(["CARILLON_AUTH_DATABASE_URL": "host=b"]) { $1 }
    for (environment, setting) in [([:], "CARILLON_DATABASE_URL"), (own, "CARILLON_AUTH_DATABASE_URL")] {
      let source = read(environment).0.databaseSource
      #expect(source?.setting == setting)
      #expect(source?.isSet == !environment.isEmpty)
    }
    #expect(read(common, database: false).0.databaseSource?.setting == nil)
  }

  @Test func `a trouble that lasts is told once a minute, a new one at once`() {
    var filter = RepeatFilter()
    let start = ContinuousClock.now
    func isNews(_ part: String, _ reason: String, at second: Int) -> Bool {
      filter.isNews(part, reason, at: start + .seconds(second))
    }
    let told = [
      isNews("database", "refused", at: 0), isNews("database", "refused", at: 59),
      isNews("database", "password", at: 59),
      isNews("bus", "refused", at: 59), isNews("database", "refused", at: 60),
    ]
    #expect(told == [true, false, true, true, true])
    filter.ended("database")
    let again = [isNews("database", "refused", at: 61), isNews("bus", "refused", at: 61)]
    #expect(again == [true, false])
  }

  @Test func `a clock that was set is told from one that went on`() {
    var watch = ClockWatch()
    let (wall, steady) = (Timestamp(seconds: 1_800_000_000), ContinuousClock.now)
    let looks = [(0, 0), (9, 8), (3610, 9), (10, 9), (11, 10)]
    let jumps = looks.map { watch.jump(wall: wall + .seconds($0), steady: steady + .seconds($1)) }
    #expect(jumps == [nil, nil, .seconds(3600), .seconds(-3600), nil])
  }

  @Test func `a database's password stands in a file and is told to nobody`() throws {
    let path = "/tmp/carillon-password-\(UInt64.random(in: .min ... .max))"
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    defer { unlink(path) }
    #expect(read(["CARILLON_DATABASE_PASSWORD_FILE": path]).1.count == 1)
    #expect(write(descriptor, "hunter2\n", 8) == 8)
    close(descriptor)
    let (settings, problems) = read(["CARILLON_DATABASE_PASSWORD_FILE": path])
    #expect(problems.isEmpty)
    #expect(settings.database?.password == "hunter2")
    #expect(read([:]).0.database?.password == nil)
  }

  @Test func `a state folder's odd characters survive in the URL`() {
    let (settings, _) = read(["CARILLON_STATE": "/srv/a b&c%é"])
    #expect(settings.database?.url.contains("host=/srv/a%20b%26c%25%C3%A9/run&") == true)
  }

  @Test(arguments: [
    ["CARILLON_BUS_BIND": "0.0.0.0"], ["CARILLON_STATS_BUS": "stats:7105"], ["CARILLON_BUS_BIND": "::"],
  ])
  func `off loopback the bus asks for a key`(environment: [String: String]) {
    let (_, problems) = read(environment)
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("CARILLON_BUS_KEY_FILE: ") == true)
  }

  @Test(arguments: ["nats://localhost:4222", "tls://127.0.0.1:4222", "nats://127.0.0.1:4222,nats://127.0.0.1:4223"])
  func `daemons may meet at NATS`(url: String) {
    let (settings, problems) = read(["CARILLON_BUS": url])
    #expect(problems.isEmpty)
    #expect(settings.nats?.servers == url.split(separator: ",").map(String.init))
    #expect(read(["CARILLON_BUS": "tcp"]).0.nats == nil)
  }

  @Test(arguments: [
    "udp", "nats://", "nats://localhost", "nats://ann:secret@localhost:4222", "nats://localhost:4222/x", ",",
    "http://localhost:4222", "nats://localhost:4222,tcp",
  ])
  func `an address of NATS is checked, and holds no password`(url: String) {
    let (_, problems) = read(["CARILLON_BUS": url])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("CARILLON_BUS: ") == true)
  }

  @Test func `off loopback NATS asks for credentials`() {
    let (_, problems) = read(["CARILLON_BUS": "tls://nats.example.org:4222"])
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("CARILLON_NATS_CREDENTIALS_FILE: ") == true)
  }

  @Test func `a lifecycle goes forward only`() {
    var lifecycle = Lifecycle()
    #expect(lifecycle.reasons(unmet: ["database"]) == ["starting", "database"])
    let ready = lifecycle.becameReady()
    #expect(ready)
    #expect(lifecycle.reasons(unmet: []) == [])
    let first = lifecycle.stopAsked()
    #expect(first == .drain)
    #expect(lifecycle.reasons(unmet: []) == ["draining"])
    let second = lifecycle.stopAsked()
    #expect(second == .cut)
  }

  @Test func `a stop before the start is through leaves no way to ready`() {
    var lifecycle = Lifecycle()
    _ = lifecycle.stopAsked()
    let ready = lifecycle.becameReady()
    #expect(!ready)
    #expect(lifecycle.phase == .draining)
  }

  @Test func `the admin port answers four paths`() {
    func answer(_ method: String, _ path: String, _ reasons: [String] = []) -> AdminAnswer {
      AdminRoutes.answer(
        method: method,
        path: path,
        service: "auth",
        reasons: { reasons },
        metrics: { ("text/plain", "m 1\n") }
      )
    }
    #expect(answer("GET", "/livez", ["starting"]).status == 200)
    #expect(answer("GET", "/readyz").status == 200)
    #expect(
      answer("HEAD", "/readyz", ["a\"b"]) == AdminAnswer(status: 503, body: #"{"ready":false,"reasons":["a\"b"]}"#)
    )
    #expect(answer("GET", "/metrics") == AdminAnswer(status: 200, type: "text/plain", body: "m 1\n"))
    #expect(answer("GET", "/").status == 404)
    #expect(answer("POST", "/metrics").allow == "GET, HEAD")
  }

  @Test func `arguments ask for one thing`() {
    #expect(DaemonCommand([]) == .run)
    #expect(DaemonCommand(["--check"]) == .check)
    #expect(DaemonCommand(["--check", "--force"]) == .unknown("--force"))
    #expect(DaemonCommand(["-x"]) == .unknown("-x"))
  }

  @Test func `help names each setting with its default and meaning`() {
    let text = helpText(of: .auth, settings: [.init(name: "CARILLON_X", fallback: "5s", meaning: "how long")])
    #expect(text.hasPrefix("carillon-auth \(suiteVersion)"))
    #expect(text.hasSuffix("  CARILLON_X (5s)\n      how long\n"))
  }

  @Test(.timeLimit(.minutes(1))) func `a wait until a moment follows a clock that is moved`() async throws {
    let clock = ManualClock()
    let wall = clock.wall
    let due = clock.now + .seconds(3600)
    async let waiting: Void = pause(until: due, by: wall)
    clock.advance(by: .seconds(3601))
    try await waiting
    try await pause(until: clock.now, by: wall)
  }
}
