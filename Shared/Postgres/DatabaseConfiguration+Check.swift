import CLibpq

extension DatabaseConfiguration {
  /// What libpq finds wrong in a connection string, in its words, which may repeat parts of it; nil when it can be read.
  ///
  /// Looks up no name and reads no file: whether the server is there and lets anybody in is seen when it is dialled.
  public static func fault(in url: String) -> String? {
    var words: UnsafeMutablePointer<CChar>?
    let options = PQconninfoParse(url, &words)
    defer {
      PQconninfoFree(options)
      PQfreemem(words)
    }
    guard options == nil else { return nil }
    let text = words.map { String(cString: $0) } ?? "out of memory"
    return text.split(separator: "\n").joined(separator: "; ")
  }
}
