import Loop

extension LoopbackServer {
  /// An SMTP server that takes everything, unless the script answers a command: by its first four letters, or `.` for the
  /// end of a mail's text. Only a polite one answers a farewell.
  public static func smtp(
    polite: Bool = true,
    _ answer: @escaping @LoopActor (_ command: String, _ connection: Int) -> String? = { _, _ in nil }
  ) throws -> LoopbackServer {
    var states: [Int: (handled: Int, inText: Bool)] = [:]
    return try LoopbackServer(greeting: "220 relay\r\n") { input, stream, connection in
      let lines = input.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        .dropLast()
      var (handled, inText) = states[connection] ?? (0, false)
      defer { states[connection] = (handled, inText) }
      for line in lines.dropFirst(handled) {
        handled += 1
        if inText, line != "." { continue }
        let verb = inText ? "." : String(line.prefix(4))
        if verb == "QUIT", !polite { continue }
        let scripted = answer(verb, connection)
        inText = verb == "DATA" && scripted == nil
        stream.write(Array("\(scripted ?? (inText ? "354 go on" : "250 ok"))\r\n".utf8))
      }
    }
  }
}
