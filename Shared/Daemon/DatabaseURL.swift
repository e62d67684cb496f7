import Postgres
import Settings

/// Which setting says where the database is, for whoever reads that it is not there.
struct DatabaseSource: Sendable {
  let setting: String
  /// Else the private cluster of `make run` is meant.
  let isSet: Bool
}

/// Where a daemon's database is, made from the settings: its own, the suite's, or the private cluster of `make run`.
enum DatabaseURL {
  static func read(_ reader: inout EnvironmentReader, service: ServiceName, folder: String) -> (String, DatabaseSource)
  {
    let common = reader.raw(
      "CARILLON_DATABASE_URL",
      default: "the private cluster",
      "libpq URI for all daemons; {service} becomes the daemon's name; a password goes into a passfile"
    )
    let name = "CARILLON_\(service.settingWord)_DATABASE_URL"
    let own = reader.raw(name, default: "CARILLON_DATABASE_URL", "libpq URI for this daemon alone")
    let port = reader.int(
      "CARILLON_POSTGRES_PORT",
      default: 7300,
      in: 1...65535,
      "port of the private cluster, in its socket's name"
    )
    let state = reader.text(
      "CARILLON_STATE",
      default: ".carillon",
      "state folder; the private cluster's socket is in run"
    )
    let cluster = privateCluster(state: absolute(state, in: folder), port: port, service: service)
    let url = (own ?? common ?? cluster).replacingService(with: service.rawValue)
    let source = DatabaseSource(setting: own == nil ? "CARILLON_DATABASE_URL" : name, isSet: own ?? common != nil)
    if carriesPassword(url) {
      reader.problem(
        source.setting,
        "a password does not belong in the environment; name a passfile in the URL instead"
      )
    } else if let fault = DatabaseConfiguration.fault(in: url) {
      reader.problem(source.setting, "libpq cannot read it: \(fault)")
    }
    return (url, source)
  }

  static func privateCluster(state: String, port: Int, service: ServiceName) -> String {
    "postgresql:///carillon?host=\(escaped(state + "/run"))&port=\(port)&user=carillon_\(service.rawValue)"
  }

  /// Both of libpq's forms: a URI, or words such as `host=... dbname=...`.
  static func carriesPassword(_ url: String) -> Bool {
    if let parts = URLParts(url) {
      return parts.carriesPassword || parts.query.contains { isSecretWord($0.name) }
    }
    if url.contains("://") { return url.lowercased().contains("password") || url.contains("@") }
    return url.split { $0 == "=" || $0.isWhitespace }.contains { isSecretWord(String($0)) }
  }

  private static func isSecretWord(_ word: String) -> Bool {
    word.lowercased() == "password" || word.lowercased() == "sslpassword"
  }

  private static func absolute(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }

  /// As a URI's query holds it: all but unreserved characters and the slash as `%XX`.
  private static func escaped(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F:
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return text
  }
}

extension String {
  fileprivate func replacingService(with name: String) -> String {
    let mark = "{service}"
    var text = ""
    var rest = self[...]
    while let start = rest.firstRange(of: mark) {
      text += rest[..<start.lowerBound] + name
      rest = rest[start.upperBound...]
    }
    return text + rest
  }
}
