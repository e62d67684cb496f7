import JSON
import Kit
import Loop
import Settings

/// Auth behind a gateway, as most tests of accounts need them.
@LoopActor
enum AccountStack {
  static func with<T>(
    _ services: [ServiceName] = [.auth, .gateway],
    settings: [String: String] = [:],
    copies: Int = TestEnvironment.copies,
    _ body: @LoopActor (Stack) async throws -> T
  ) async throws -> T {
    try await Stack.with(services, settings: settings, copies: copies, body)
  }
}

struct NoCode: Error {
  let otherMails: Int
}

extension Stack {
  /// The code in the newest reset mail to an address, as it waits for delivery.
  func mailedCode(to address: String) async throws -> String {
    let mails = try await rows(
      "SELECT convert_from(body, 'UTF8') FROM auth.outbox WHERE call = 'delivery.notify' ORDER BY id DESC"
    )
    for line in mails {
      let mail = try JSONValue(parsing: Array(line.utf8))
      guard mail.member("mail")?.string == address, let text = mail.member("body")?.string else { continue }
      if let code = text.firstMatch(of: /Your code is ([A-Z0-9]{8})\b/)?.1 { return String(code) }
    }
    throw NoCode(otherMails: mails.count)
  }
}

/// Sends the same request many times at once and gives the statuses, lowest first; 0 where no answer came.
@LoopActor
func statuses(of count: Int, _ send: @escaping @Sendable @LoopActor () async throws -> HTTPReply) async -> [Int] {
  await replies(of: count, send).map { $0?.status ?? 0 }.sorted()
}

/// Sends the same request many times at once; nil where no answer came.
@LoopActor
func replies(of count: Int, _ send: @escaping @Sendable @LoopActor () async throws -> HTTPReply) async -> [HTTPReply?] {
  let runs = (0..<count).map { _ in onLoop { try? await send() } }
  var replies: [HTTPReply?] = []
  for run in runs { replies.append(await run.value) }
  return replies
}

extension HTTPReply {
  /// A value inside a JSON body, by the names that lead to it; nil when there is none.
  func value(_ path: String...) throws -> JSONValue? {
    var value: JSONValue? = try json()
    for name in path { value = value?.member(name) }
    return value
  }
}

extension JSONValue {
  func member(_ name: String) -> JSONValue? { object?[name] }
  /// The strings of an array; nil for anything else than an array of strings.
  var texts: [String]? {
    guard let array else { return nil }
    let texts = array.compactMap(\.string)
    return texts.count == array.count ? texts : nil
  }
}
