import Testing
import WebSocket

struct FrameReaderTests {
  private let writer = FrameWriter(.client)

  private func read(_ reader: FrameReader, _ bytes: [UInt8]) -> FrameReader.Result {
    bytes.withUnsafeBytes { reader.read($0) }
  }

  @Test func `messages come out whole, glued or in single bytes`() {
    let frames = writer.frame(.text, Array("hé".utf8)) + writer.frame(.binary, [1, 2]) + writer.frame(.text, [])
    let wanted: [WebSocketMessage] = [.text(Array("hé".utf8)), .binary([1, 2]), .text([])]
    #expect(read(FrameReader(.server), frames).messages == wanted)
    let dripped = FrameReader(.server)
    #expect(frames.flatMap { read(dripped, [$0]).messages } == wanted)
    #expect(dripped.isAtRest)
  }

  @Test(arguments: [0, 125, 126, 65_535, 65_536, 200_000])
  func `a reader rests between messages and nowhere else`(length: Int) {
    let frame = writer.frame(.binary, [UInt8](repeating: 7, count: length))
    let reader = FrameReader(.server)
    #expect(reader.isAtRest)
    for cut in [1, 3, 6, frame.count - 1] where cut < frame.count {
      #expect(read(reader, Array(frame[..<cut])).messages.isEmpty)
      #expect(!reader.isAtRest, "after \(cut) bytes")
      #expect(read(reader, Array(frame[cut...])).messages.count == 1)
      #expect(reader.isAtRest)
    }
  }

  @Test func `fragments become one message, with a ping between them answered`() {
    let reader = FrameReader(.server)
    var first = writer.frame(.text, Array("ab".utf8))
    first[0] &= 0x7F
    var last = writer.frame(.text, Array("cd".utf8))
    last[0] = 0x80
    #expect(read(reader, first) == FrameReader.Result())
    #expect(!reader.isAtRest)
    #expect(read(reader, writer.frame(.ping, [9])).reply == FrameWriter(.server).frame(.pong, [9]))
    #expect(!reader.isAtRest)
    #expect(read(reader, last).messages == [.text(Array("abcd".utf8))])
    #expect(reader.isAtRest)
  }

  @Test func `too many fragments end it with 1009`() {
    let reader = FrameReader(.server)
    var limits = WebSocketLimits()
    limits.fragments = 3
    reader.bound(limits)
    var first = writer.frame(.text, [65])
    first[0] &= 0x7F
    var next = writer.frame(.text, [65])
    next[0] = 0
    #expect(read(reader, first + next + next).end == nil)
    let result = read(reader, next)
    #expect(result.end == .violated(.tooBig))
    #expect(result.reply == FrameWriter(.server).close(.tooBig))
  }

  @Test func `a message beyond the limit ends it with 1009, its header alone too`() {
    let reader = FrameReader(.server)
    var limits = WebSocketLimits()
    limits.messageBytes = 100
    reader.bound(limits)
    #expect(read(reader, writer.frame(.text, [UInt8](repeating: 65, count: 100))).messages.count == 1)
    let result = read(reader, Array(writer.frame(.text, [UInt8](repeating: 65, count: 101))[..<8]))
    #expect(result.end == .violated(.tooBig))
    #expect(result.reply == FrameWriter(.server).close(.tooBig))
  }

  @Test(arguments: [
    FrameWriter(.server).frame(.text, [65]), [0x83, 0x80, 0, 0, 0, 0], [0xC1, 0x80, 0, 0, 0, 0],
    [0x80, 0x80, 0, 0, 0, 0],
    [0x89, 0xFE, 0, 200, 0, 0, 0, 0], [0x81, 0xFE, 0, 5, 0, 0, 0, 0],
    [0x81, 0xFF] + [UInt8](repeating: 0xFF, count: 12),
  ])
  func `what breaks the protocol ends it with 1002`(bytes: [UInt8]) {
    let result = read(FrameReader(.server), bytes)
    #expect(result.end == .violated(.protocolError))
    #expect(result.reply == FrameWriter(.server).close(.protocolError))
  }

  @Test func `text that is no UTF-8 ends it`() {
    let result = read(FrameReader(.server), writer.frame(.text, [0xC3, 0x28]))
    #expect(result.messages.isEmpty)
    #expect(result.end == .violated(CloseCode(rawValue: 1007)))
  }

  @Test func `a close is answered with its code`() {
    let result = read(FrameReader(.server), writer.close(.goingAway))
    #expect(result.end == .peerClosed(.goingAway))
    #expect(result.reply == FrameWriter(.server).close(.goingAway))
    let bare = read(FrameReader(.server), writer.frame(.close, []))
    #expect(bare.end == .peerClosed(.none))
  }
}
