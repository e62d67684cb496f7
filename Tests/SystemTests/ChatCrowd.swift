import JSON
import Kit
import Loop
import Testing

/// People who write in rooms, and listeners who drop and come back, for as long as it lives.
@LoopActor
final class ChatCrowd {
  /// A listener that goes on from the last id it has, whatever becomes of its connections.
  @LoopActor
  final class Follower {
    let caller: ChatCaller
    let room: String
    private(set) var ids: [Int] = []
    private(set) var returns = 0
    private var rest: [UInt8] = []
    private let change = Change()

    init(_ caller: ChatCaller, _ room: String) {
      self.caller = caller
      self.room = room
    }

    /// Listens until the time is over, the server closes, or there are so many ids.
    func listen(_ port: Int, for limit: Duration, until count: Int = .max) async {
      guard let address = try? await SocketAddress.resolve(host: "127.0.0.1", port: port),
        let stream = try? await TCPStream.connect(to: address)
      else {
        try? await pause(for: .milliseconds(20))
        return
      }
      returns += 1
      rest = []
      var isClosed = false
      stream.whenReceived { self.take($0) }
      stream.closed = { _ in
        isClosed = true
        self.change.announce()
      }
      stream.write(Array(ChatListener.handshake(caller.member, room, after: ids.last ?? 0).utf8))
      try? await change.until("end", within: limit) { isClosed || ids.count >= count ? () : nil }
      stream.close()
    }

    private func take(_ piece: [UInt8]) {
      rest += piece
      var start = 0
      while let end = rest[start...].firstIndex(of: 0x0A) {
        if let mark = rest[start..<end].firstRange(of: Array(#""msgId":"#.utf8)) {
          ids.append(
            rest[mark.upperBound..<end].prefix { $0 >= 0x30 && $0 <= 0x39 }.reduce(0) { $0 * 10 + Int($1) - 48 }
          )
        }
        start = end + 1
      }
      rest.removeFirst(start)
      change.announce()
    }
  }

  private(set) var acknowledged: [String: [Int]] = [:]
  private(set) var followers: [Follower] = []
  private var tasks: [Task<Void, Never>] = []
  private var isStopping = false
  private let change = Change()

  /// Each caller sends to rooms in turn; each room has as many followers as there are for it.
  init(_ callers: [ChatCaller], rooms: [String], followers count: Int, on stack: Stack) {
    followers = (0..<count).map { Follower(callers[$0 % callers.count], rooms[$0 % rooms.count]) }
    for (number, caller) in callers.enumerated() {
      tasks.append(onLoop { await self.write(caller, rooms, from: number) })
    }
    for follower in followers {
      tasks.append(
        onLoop {
          while !self.isStopping {
            await follower.listen(stack.chatPort, for: .milliseconds(Int.random(in: 50...1500)))
          }
        }
      )
    }
  }

  private func write(_ caller: ChatCaller, _ rooms: [String], from start: Int) async {
    var number = start
    while !isStopping {
      let room = rooms[number % rooms.count]
      number += 1
      // What is not acknowledged may have been stored or not.
      let reply = try? await caller.post("/send-message", #"{"room_gid":"\#(room)","msg":"number \#(number)"}"#)
      if let id = try? reply?.value("data", "msgId")?.number?.int {
        acknowledged[room, default: []].append(id)
        change.announce()
      }
      // A person's pace, so that the machine is not the measure.
      try? await pause(for: .milliseconds(Int.random(in: 20...80)))
    }
  }

  var total: Int { acknowledged.values.reduce(0) { $0 + $1.count } }

  func acknowledges(_ more: Int, within limit: Duration) async throws {
    let goal = total + more
    try await change.until("\(more) messages", within: limit, seen: { "\(self.total)" }) { total >= goal ? () : nil }
  }

  /// Everybody finishes what is under way.
  func stop() async {
    isStopping = true
    for task in tasks { await task.value }
  }
}
