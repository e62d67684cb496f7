import Glibc
public import Testing

/// The PostgreSQL server that integration tests share, named by `CARILLON_TEST_DATABASE_URL`: a libpq connection string or
/// URI of a role that may create databases.
public enum PostgresServer {
  public static let url: String? = getenv("CARILLON_TEST_DATABASE_URL").map { String(cString: $0) }

  /// The same server with another database.
  static func url(of database: String) -> String {
    let url = url ?? ""
    guard let scheme = url.firstRange(of: "://") else { return url + " dbname=" + database }
    let rest = url[scheme.upperBound...]
    let query = rest.firstIndex(of: "?").map { rest[$0...] } ?? ""
    let host = rest.prefix { $0 != "/" && $0 != "?" }
    return url[..<scheme.upperBound] + host + "/" + database + query
  }
}

/// Adds a setting to a connection string or URI.
func connection(_ url: String, with name: String, _ value: String) -> String {
  guard url.contains("://") else { return url + " \(name)='\(value)'" }
  let escaped = value.map { $0 == " " ? "%20" : $0 == "=" ? "%3D" : String($0) }.joined()
  return url + (url.contains("?") ? "&" : "?") + name + "=" + escaped
}

extension Trait where Self == ConditionTrait {
  /// Skips where no server is named; the Makefile's full run names one, so there it cannot skip.
  public static var needsPostgres: Self {
    .enabled(if: PostgresServer.url != nil, "CARILLON_TEST_DATABASE_URL is not set")
  }

  /// Skips where the programs of a PostgreSQL server are missing, for tests that need a server to themselves.
  public static var needsPostgresPrograms: Self {
    .enabled(if: ScratchCluster.programs != nil, "no initdb under /usr/lib/postgresql")
  }
}
