import Glibc

/// The content of a secret's file. It prints as `***` wherever it lands in a text.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public let path: String
  /// The whole file as it is.
  public let bytes: [UInt8]

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// The content without line ends after it, as a person writes a one-line secret.
  public var trimmed: [UInt8] {
    var content = bytes
    while let last = content.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { content.removeLast() }
    return content
  }

  /// `trimmed` as text; bytes that are not UTF-8 are replaced.
  public var text: String { String(decoding: trimmed, as: UTF8.self) }

  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension EnvironmentReader {
  /// Reads the file that the setting names, at once; nil when unset or faulty.
  ///
  /// The file must be a regular one, closed to group and others (mode 0600 or less), not empty, at most 64 KiB. The group
  /// may read what belongs to root: so Kubernetes and systemd hand a secret to an account that is not root.
  public mutating func secret(_ name: String, _ meaning: String) -> Secret? {
    guard let path = raw(name, default: "", meaning) else { return nil }
    switch readSecret(path) {
    case .success(let bytes): return Secret(path: path, bytes: bytes)
    case .failure(let fault):
      problem(name, "the file '\(path.printable)' \(fault.sentence)")
      return nil
    }
  }
}

private struct SecretFault: Error {
  let sentence: String
}

private func readSecret(_ path: String) -> Result<[UInt8], SecretFault> {
  // Non-blocking, so that a named pipe is refused below instead of waiting for a writer.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { return .failure(SecretFault(sentence: "cannot be read: \(systemError())")) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    return .failure(SecretFault(sentence: "is not a regular file"))
  }
  guard isClosed(mode: status.st_mode, owner: status.st_uid, reader: geteuid()) else {
    return .failure(SecretFault(sentence: "is open to others; expected mode 0600"))
  }
  guard status.st_size > 0, status.st_size <= 65536 else {
    return .failure(SecretFault(sentence: "has \(status.st_size) bytes; expected 1 to 65536"))
  }
  return readAll(descriptor, count: Int(status.st_size))
}

/// Whether nobody but its owner can read a secret, or who root lends it to.
func isClosed(mode: mode_t, owner: uid_t, reader: uid_t) -> Bool {
  let isLent = owner == 0 && reader != 0
  return mode & (isLent ? 0o037 : 0o077) == 0
}

private func readAll(_ descriptor: Int32, count: Int) -> Result<[UInt8], SecretFault> {
  var filled = 0
  var failed = false
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    while filled < count {
      let taken = read(descriptor, buffer.baseAddress! + filled, count - filled)
      if taken <= 0 {
        failed = taken < 0
        break
      }
      filled += taken
    }
    initialized = filled
  }
  return failed ? .failure(SecretFault(sentence: "cannot be read: \(systemError())")) : .success(bytes)
}

private func systemError() -> String { String(cString: strerror(errno)) }
