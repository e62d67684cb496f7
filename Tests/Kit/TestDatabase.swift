import Glibc
import Loop

/// A database with the services' roles and schemas on some server, for one stack.
///
/// The roles are the cluster's and stay; the database goes with `drop`.
@LoopActor
struct TestDatabase {
  let name: String
  private let server: String
  private static var count = 0

  static func create(on server: String) async throws -> TestDatabase {
    count += 1
    let database = TestDatabase(name: "carillon_stack_\(getpid())_\(count)", server: server)
    try await Command([TestEnvironment.script("database.sh"), database.name, server]).run()
    return database
  }

  private init(name: String, server: String) {
    self.name = name
    self.server = server
  }

  /// The database as some role sees it; without one, as the server's superuser.
  func url(as user: String? = nil) -> String {
    let parts = server.split(separator: "?", maxSplits: 1)
    let place = (parts.first ?? "").prefix { $0 != ":" } + "://" + host(parts.first ?? "")
    let query = (parts.count < 2 ? "" : parts[1]).split(separator: "&").filter { user == nil || !$0.hasPrefix("user=") }
    return "\(place)/\(name)?" + (query + (user.map { ["user=\($0)"] } ?? [])).joined(separator: "&")
  }

  /// What stands between the scheme and the database's name; nothing for a socket.
  private func host(_ place: Substring) -> Substring {
    place.drop { $0 != ":" }.dropFirst(3).prefix { $0 != "/" }
  }

  func drop() async throws {
    try await Command(["/usr/bin/psql", "-X", "-q", "-c", "DROP DATABASE IF EXISTS \(name) WITH (FORCE)", server]).run()
  }
}
