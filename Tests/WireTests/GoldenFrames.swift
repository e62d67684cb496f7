import FoundationEssentials
import JSON
import Testing
import Wire

/// A suite that holds calls and events against the lines kept under `Fixtures/frames`, a file for each: a changed wire
/// shows there.
protocol GoldenFrames {
  /// What every call of the suite is sent with.
  static var context: CallContext { get }
}

extension GoldenFrames {
  func golden(_ name: String) throws -> [String] {
    let file = "\(#filePath)".replacing("WireTests/GoldenFrames.swift", with: "Fixtures/frames/\(name).json")
    let text = try String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  func line(_ frame: Frame) -> String { String(decoding: frame.encoded().dropLast(), as: UTF8.self) }

  /// Both sides are written as kept, and read back into the same.
  func check<C: Call>(_ call: C, _ reply: C.Reply, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let sent = line(.call(id: 1, name: C.name, context: Self.context, body: try call.json()))
    let answered = line(.reply(id: 1, body: try reply.json()))
    #expect(try golden(C.name) == [sent, answered], sourceLocation: sourceLocation)
    #expect(try C(json: call.json()).json() == call.json(), sourceLocation: sourceLocation)
    #expect(try C.Reply(json: reply.json()).json() == reply.json(), sourceLocation: sourceLocation)
  }

  func check<E: Event>(_ event: E, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let sent = line(.event(subject: E.subject, body: try event.json()))
    #expect(try golden(E.subject) == [sent], sourceLocation: sourceLocation)
    #expect(try E(json: event.json()).json() == event.json(), sourceLocation: sourceLocation)
  }
}
