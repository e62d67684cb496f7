import Testing

@testable import SocketIO

private let timing = EngineTiming(pingInterval: 300, pingTimeout: 200, upgradeTimeout: 1000)
private let hello = EnginePacket(kind: .message, data: .text(Array("hello".utf8)))
private let probe = EnginePacket(kind: .ping, data: EnginePacket.probe)
private let upgrade = EnginePacket(kind: .upgrade)

struct EngineMachineTests {
  private func machine(
    _ revision: EngineRevision = .four,
    on transport: EngineMachine.Transport = .polling
  ) -> EngineMachine {
    EngineMachine(revision, on: transport, timing: timing, at: 0)
  }

  // MARK: - Polls

  @Test func `a poll takes what is queued, or waits for it`() {
    var machine = machine()
    #expect(machine.push(hello) == [])
    #expect(machine.pollArrived(at: 0) == .ready)
    #expect(machine.takePoll().packets == [hello])
    #expect(machine.pollArrived(at: 0) == .wait)
    #expect(machine.push(hello) == [.wakePoll])
    _ = machine.push(hello)
    #expect(machine.takePoll().packets == [hello, hello])
  }

  @Test func `a poll takes as much as every client reads at once, of a crowd all`() {
    var machine = machine()
    for count in [40, 300] {
      for _ in 0..<count { _ = machine.push(hello) }
      var sizes: [Int] = []
      while machine.pollArrived(at: 0) == .ready { sizes.append(machine.takePoll().packets.count) }
      #expect(sizes == (count == 40 ? [16, 16, 8] : [300]))
      #expect(machine.queuedBytes == 0)
      // Ends the poll that waits now.
      _ = machine.push(hello)
      #expect(machine.takePoll().packets == [hello])
    }
    for _ in 0..<20 { _ = machine.push(hello) }
    _ = machine.close(.forcedClose, at: 0)
    #expect(machine.pollArrived(at: 0) == .ready)
    #expect(machine.takePoll().actions == [])
    #expect(machine.pollArrived(at: 0) == .ready)
    let (packets, actions) = machine.takePoll()
    #expect(packets == [hello, hello, hello, hello, .close])
    #expect(actions == [.forget])
  }

  @Test func `a second poll ends the session and tells the first`() {
    var machine = machine()
    #expect(machine.pollArrived(at: 0) == .wait)
    #expect(machine.pollArrived(at: 0) == .refused([.wakePoll, .end(.transportError, lingering: false)]))
    #expect(machine.takePoll().packets == [.close])
  }

  @Test func `a second POST ends the session, one after another does not`() {
    var machine = machine()
    #expect(machine.postBegan() == nil)
    machine.postEnded()
    #expect(machine.postBegan() == nil)
    #expect(machine.pollArrived(at: 0) == .wait)
    #expect(machine.postBegan() == [.wakePoll, .end(.transportError, lingering: false)])
    #expect(machine.takePoll().packets == [.close])
  }

  @Test func `a poll that is cut off ends the session`() {
    var machine = machine()
    _ = machine.pollArrived(at: 0)
    #expect(machine.pollLost() == [.end(.transportError, lingering: false)])
    #expect(machine.push(hello) == [])
    #expect(machine.deadline == .max)
  }

  @Test func `a client's close answers its poll with a noop`() {
    var machine = machine()
    _ = machine.pollArrived(at: 0)
    #expect(machine.receive(.close, at: 0) == [.wakePoll, .end(.transportClose, lingering: false)])
    #expect(machine.takePoll().packets == [.noop])
  }

  @Test func `a server that stops fails the poll, or says what was queued and nothing more`() {
    var machine = machine()
    _ = machine.pollArrived(at: 0)
    #expect(machine.goAway(at: 0) == [.wakePoll, .end(.forcedClose, lingering: false)])
    #expect(machine.takePoll().packets == [])
    var between = self.machine()
    _ = between.push(hello)
    #expect(between.goAway(at: 0) == [.end(.forcedClose, lingering: true)])
    #expect(between.pollArrived(at: 10) == .ready)
    let (packets, actions) = between.takePoll()
    #expect(packets == [hello])
    #expect(actions == [.forget])
    var empty = self.machine()
    #expect(empty.goAway(at: 0) == [.end(.forcedClose, lingering: true)])
    #expect(empty.pollArrived(at: 10) == .ready)
    let last = empty.takePoll()
    #expect(last.packets == [] && last.actions == [.forget])
    var socket = self.machine(on: .websocket)
    #expect(socket.goAway(at: 0) == [.closeConnection, .end(.forcedClose, lingering: false)])
  }

  @Test func `behind what clients count variously a poll ends, unless too much waits`() {
    let smile = EnginePacket(kind: .message, data: .text(Array("😀".utf8)))
    for (revision, first) in [(EngineRevision.three, 2), (.four, 3)] {
      var machine = EngineMachine(revision, on: .polling, timing: timing, at: 0)
      for packet in [hello, smile, hello] { _ = machine.push(packet) }
      #expect(machine.pollArrived(at: 0) == .ready)
      #expect(machine.takePoll().packets.count == first)
    }
    var crowded = EngineMachine(.three, on: .polling, timing: timing, at: 0)
    for _ in 0..<300 { _ = crowded.push(smile) }
    #expect(crowded.takePoll().packets.count == 300)
  }

  @Test func `the server's close waits for a poll, but not for ever`() {
    var machine = machine()
    _ = machine.push(hello)
    #expect(machine.close(.forcedClose, at: 10) == [.end(.forcedClose, lingering: true)])
    #expect(machine.deadline == 30_010)
    var late = machine
    #expect(machine.pollArrived(at: 20) == .ready)
    let (packets, actions) = machine.takePoll()
    #expect(packets == [hello, .close])
    #expect(actions == [.forget])
    #expect(late.tick(at: 30_009) == [])
    #expect(late.tick(at: 30_010) == [.forget])
    #expect(late.tick(at: 99_999) == [])
  }

  @Test func `too much in the queue goes with the session`() {
    var machine = machine()
    _ = machine.push(hello)
    #expect(machine.queuedPackets == 1)
    #expect(machine.queuedBytes == 6)
    #expect(machine.abandon(.forcedClose) == [.end(.forcedClose, lingering: false)])
    #expect(machine.queuedPackets == 0)
  }

  // MARK: - Heartbeat

  @Test func `revision 4: the server pings, and gives up without an answer`() {
    var machine = machine()
    #expect(machine.deadline == 300)
    #expect(machine.tick(at: 299) == [])
    _ = machine.pollArrived(at: 0)
    #expect(machine.tick(at: 300) == [.wakePoll])
    #expect(machine.takePoll().packets == [.ping])
    #expect(machine.deadline == 500)
    #expect(machine.tick(at: 499) == [])
    #expect(machine.tick(at: 500) == [.end(.pingTimeout, lingering: false)])
  }

  @Test func `revision 4: a pong puts the next ping off`() {
    var machine = machine(on: .websocket)
    #expect(machine.tick(at: 300) == [.send(.ping)])
    #expect(machine.receive(EnginePacket(kind: .pong), at: 400) == [])
    #expect(machine.deadline == 700)
    #expect(machine.tick(at: 700) == [.send(.ping)])
    #expect(machine.tick(at: 900) == [.closeConnection, .end(.pingTimeout, lingering: false)])
  }

  @Test func `revision 3: any packet is a sign of life, and pings are answered with their data`() {
    var machine = machine(.three, on: .websocket)
    #expect(machine.deadline == 500)
    #expect(machine.receive(hello, at: 400) == [.deliver(hello.data)])
    #expect(machine.deadline == 900)
    let pong = EnginePacket(kind: .pong, data: .text([65]))
    #expect(machine.receive(EnginePacket(kind: .ping, data: .text([65])), at: 500) == [.send(pong)])
    #expect(machine.tick(at: 999) == [])
    #expect(machine.tick(at: 1000) == [.closeConnection, .end(.pingTimeout, lingering: false)])
  }

  @Test func `a heartbeat in the wrong direction ends the session`() {
    var three = machine(.three)
    #expect(three.receive(EnginePacket(kind: .pong), at: 0) == [.end(.transportError, lingering: false)])
    var four = machine(.four)
    #expect(four.receive(.ping, at: 0) == [.end(.transportError, lingering: false)])
  }

  @Test(arguments: [EnginePacket.Kind.open, .upgrade, .noop])
  func `packets that only a server sends are ignored`(kind: EnginePacket.Kind) {
    var machine = machine(on: .websocket)
    #expect(machine.receive(EnginePacket(kind: kind), at: 0) == [])
    #expect(machine.phase == .open)
  }

  // MARK: - Upgrade

  @Test func `an upgrade moves the queue to the connection`() {
    var machine = machine()
    #expect(machine.probeOpened(at: 0) == true)
    #expect(machine.probeOpened(at: 0) == false)
    #expect(machine.probeReceived(probe) == [.sendToProbe(EnginePacket(kind: .pong, data: EnginePacket.probe))])
    _ = machine.push(hello)
    #expect(machine.transport == .polling)
    #expect(machine.probeReceived(upgrade) == [.promoteProbe, .send(hello)])
    #expect(machine.transport == .websocket)
    #expect(machine.push(hello) == [.send(hello)])
    #expect(machine.probeOpened(at: 0) == false)
    #expect(machine.deadline == 300)
  }

  @Test func `the probe ends a waiting poll, and later ones wait a tenth of a second`() {
    var machine = machine()
    _ = machine.pollArrived(at: 0)
    _ = machine.probeOpened(at: 0)
    #expect(machine.probeReceived(probe).last == .wakePoll)
    #expect(machine.takePoll().packets == [.noop])
    #expect(machine.pollArrived(at: 50) == .wait)
    #expect(machine.deadline == 150)
    #expect(machine.tick(at: 150) == [.wakePoll])
    #expect(machine.takePoll().packets == [.noop])
    _ = machine.push(hello)
    #expect(machine.pollArrived(at: 160) == .ready)
    #expect(machine.takePoll().packets == [hello])
  }

  @Test func `a poll that waits when the upgrade comes gets a noop, the queue goes to the connection`() {
    var machine = machine()
    _ = machine.probeOpened(at: 0)
    _ = machine.probeReceived(probe)
    _ = machine.pollArrived(at: 0)
    _ = machine.push(hello)
    #expect(machine.probeReceived(upgrade) == [.wakePoll, .promoteProbe, .send(hello)])
    #expect(machine.takePoll().packets == [.noop])
  }

  @Test func `another packet closes the probe only`() {
    for first in [hello, upgrade, EnginePacket.ping, nil] {
      var machine = machine()
      _ = machine.probeOpened(at: 0)
      #expect(machine.probeReceived(first) == [.closeProbe])
      #expect(machine.phase == .open)
      #expect(machine.probeOpened(at: 0) == true)
      _ = machine.probeReceived(probe)
      #expect(machine.probeReceived(hello) == [.closeProbe])
      #expect(machine.transport == .polling)
    }
  }

  @Test func `a probe that does not upgrade in time is closed`() {
    var machine = machine(.three)
    _ = machine.probeOpened(at: 0)
    _ = machine.receive(hello, at: 900)
    #expect(machine.tick(at: 1000) == [.closeProbe])
    #expect(machine.phase == .open)
    #expect(machine.probeOpened(at: 1000) == true)
  }

  @Test func `the session's end takes the probe along`() {
    var machine = machine()
    _ = machine.probeOpened(at: 0)
    #expect(machine.receive(.close, at: 0) == [.closeProbe, .end(.transportClose, lingering: false)])
  }

  @Test func `a lost connection ends the session once`() {
    var machine = machine(on: .websocket)
    #expect(machine.connectionLost(.transportClose) == [.closeConnection, .end(.transportClose, lingering: false)])
    #expect(machine.connectionLost(.transportClose) == [])
    #expect(machine.close(.forcedClose, at: 0) == [])
  }
}
