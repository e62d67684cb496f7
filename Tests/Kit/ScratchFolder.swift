import FoundationEssentials
import Glibc

/// A folder below `/tmp` for one test's files, which nobody else may read; it is there until `remove`.
public struct ScratchFolder: Sendable {
  public let path: String

  /// The purpose stands in the name, for whoever finds one that was left behind.
  public init(_ purpose: String) throws {
    var template = Array("/tmp/carillon-\(purpose)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SpawnFailure(program: "mkdtemp", code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Writes a file that only its owner may read, as daemons want their secrets, and gives its path.
  @discardableResult
  public func write(_ text: String, as name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: file))
    guard chmod(file, 0o600) == 0 else { throw SpawnFailure(program: "chmod", code: errno) }
    return file
  }

  /// Removes it with all that is in it; what is gone already is no failure.
  public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
