import Bus
import Loop
import Postgres
import Settings
import Telemetry

/// The settings that every daemon has.
struct DaemonSettings: Sendable {
  var logLevel = LogLevel.info
  /// Shifts the daemon's clock, for tests of the whole suite.
  var clockFile: String?
  var bus: Endpoint
  var busKey: BusKey?
  /// Nil where daemons meet over TCP.
  var nats: NATSSettings?
  var services: [ServiceName: [Endpoint]] = [:]
  var admin: Endpoint
  var drainLimit = Duration.seconds(10)
  var drainDelay = Duration.zero
  /// Nil for a daemon that keeps nothing.
  var database: DatabaseConfiguration?
  var databaseSource: DatabaseSource?
  /// systemd's socket, when it asked to be told.
  var notifySocket: String?

  /// Reads all of them; `folder` is where a relative state folder lies.
  init(_ reader: inout EnvironmentReader, service: ServiceName, hasDatabase: Bool, folder: String) {
    logLevel = reader.choice("CARILLON_LOG_LEVEL", default: LogLevel.info, "the quietest level that is logged")
    clockFile = reader.text("CARILLON_CLOCK_FILE", "for tests only: a file with seconds by which the clock is shifted")
    let busHost = reader.address("CARILLON_BUS_BIND", "address of the bus; off loopback it needs the key")
    bus = Endpoint(host: busHost, port: reader.busPort(of: service))
    let adminHost = reader.address("CARILLON_ADMIN_BIND", "address of health and metrics, which ask for no key")
    admin = Endpoint(host: adminHost, port: reader.adminPort(of: service))
    let second = Duration.seconds(1)
    drainLimit = reader.duration(
      "CARILLON_DRAIN_SECONDS",
      default: .seconds(10),
      in: second ... .seconds(600),
      "what is under way when a stop is asked may take this long"
    )
    drainDelay = reader.duration(
      "CARILLON_DRAIN_DELAY",
      default: .zero,
      in: .zero ... .seconds(60),
      "a stop first says \"not ready\" for this long, so that a load balancer sees it before a connection is refused"
    )
    notifySocket = reader.text("NOTIFY_SOCKET", "set by systemd, which is told when the daemon is ready and stopping")
    if hasDatabase {
      let (url, source) = DatabaseURL.read(&reader, service: service, folder: folder)
      database = DatabaseConfiguration.read(&reader, url, service: service)
      databaseSource = source
    }
    readBus(&reader)
  }

  private mutating func readBus(_ reader: inout EnvironmentReader) {
    let servers = reader.natsServers()
    for service in ServiceName.allCases { services[service] = reader.busEndpoints(of: service) }
    let file = "CARILLON_BUS_KEY_FILE"
    let secret = reader.secret(
      file,
      "file (mode 0600) with the key all daemons share, 16 bytes or more; further lines are accepted too"
    )
    busKey = secret.flatMap { BusKey($0.bytes) }
    if secret != nil, busKey == nil { reader.problem(file, "a key (one a line) has fewer than 16 bytes") }
    nats = reader.nats(at: servers)
    guard servers.isEmpty else { return }
    let foreign = ([bus] + services.values.joined()).filter { !$0.isLoopback }
    if secret == nil, let first = foreign.min(by: { $0.description < $1.description }) {
      reader.problem(file, "the bus leaves the loopback range (\(first)), so a key is required")
    }
  }
}

extension EnvironmentReader {
  fileprivate mutating func address(_ name: String, _ meaning: String) -> String {
    let expected = "a numeric address, such as 127.0.0.1 or 0.0.0.0"
    return parsed(name, default: "127.0.0.1", shown: "127.0.0.1", expected: expected, meaning) { text in
      SocketAddress(host: text, port: 1).map { _ in text }
    }
  }
}

extension DatabaseConfiguration {
  fileprivate static func read(
    _ reader: inout EnvironmentReader,
    _ url: String,
    service: ServiceName
  ) -> DatabaseConfiguration {
    var configuration = DatabaseConfiguration(url: url)
    let file = "CARILLON_DATABASE_PASSWORD_FILE"
    configuration.password = reader.secret(file, "file (mode 0600) with the password of the daemon's role")?.text
    if configuration.password?.isEmpty == true { reader.problem(file, "the file holds no password") }
    configuration.applicationName = "carillon-\(service.rawValue)"
    configuration.connections = reader.int(
      "CARILLON_DATABASE_CONNECTIONS",
      default: configuration.connections,
      in: 1...32,
      "connections that single statements share"
    )
    configuration.transactionConnections = reader.int(
      "CARILLON_DATABASE_TRANSACTIONS",
      default: configuration.transactionConnections,
      in: 1...64,
      "transactions at once, each on a connection of its own"
    )
    return configuration
  }
}
