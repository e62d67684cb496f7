import Glibc
import Synchronization

extension Zone {
  private static let folder = "/usr/share/zoneinfo"
  private static let known = Mutex<[String: Zone]>([:])

  /// The zone of that name; nil when the database has none. Read from its file once.
  public init?(named name: String) {
    if let zone = Zone.known.withLock({ $0[name] }) {
      self = zone
      return
    }
    guard Zone.isName(name), let bytes = contents(of: "\(Zone.folder)/\(name)", atMost: 65_536),
      let file = ZoneFile(bytes)
    else { return nil }
    let zone = Zone(name: name, changes: file.changes, offsets: file.offsets)
    Zone.known.withLock { $0[name] = zone }
    self = zone
  }

  public static let utc = Zone(name: "UTC", changes: [], offsets: [0])

  /// Names come from outside and become paths, so nothing may lead out of the folder, nor into what is no zone.
  private static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isPart: (Substring) -> Bool = { part in
      guard let first = part.utf8.first, first != UInt8(ascii: "-"), part.utf8.count <= 32 else { return false }
      return part.utf8.allSatisfy { byte in
        let isLetter = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        return isLetter || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "_+-".utf8.contains(byte)
      }
    }
    return parts.count <= 3 && parts.allSatisfy(isPart) && !["posix", "right"].contains(parts[0])
  }

  /// The database's release, such as `2025b`; what was computed under one may differ under the next.
  public static let databaseVersion: String = {
    guard let start = contents(of: "\(folder)/tzdata.zi", atMost: 64) else { return "unknown" }
    let line = String(decoding: start.prefix { $0 != 0x0A }, as: UTF8.self)
    return line.split(separator: " ").last.map(String.init) ?? "unknown"
  }()
}

/// The first bytes of a file; nil when it cannot be opened, none when it is a folder.
private func contents(of path: String, atMost count: Int) -> [UInt8]? {
  guard let file = fopen(path, "re") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: count)
  let read = fread(&bytes, 1, count, file)
  return Array(bytes.prefix(read))
}
