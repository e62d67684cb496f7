import Testing
import Wire

@testable import GatewayCore

@Suite struct PresenceTests {
  private let ann = Place(user: UserID("ann"), room: "r")
  private let bob = Place(user: UserID("bob"), room: "r")
  private let eve = Place(user: UserID("eve"), room: "s")

  /// Every report that is due, taken one after the other.
  private func all(_ reports: inout PresenceReports) -> [Chat.PresenceReport] {
    var list: [Chat.PresenceReport] = []
    while let report = reports.next() {
      list.append(report)
      reports.taken()
    }
    return list
  }

  // MARK: - The table

  @Test func `somebody is present until the last gateway lets go of them`() {
    var table = PresenceTable()
    let held = [
      table.hold(ann, name: "Ann", by: "a"), table.hold(ann, name: "Ann", by: "b"),
      table.hold(bob, name: "Bob", by: "b"),
    ]
    #expect(held == [true, false, true])
    let stranger = table.release(ann, by: "c")
    let first = table.release(ann, by: "a")
    #expect(stranger == nil && first == nil && table.contains(ann))
    let (last, again) = (table.release(ann, by: "b"), table.release(ann, by: "b"))
    #expect(last == "Ann" && again == nil && !table.contains(ann))
    #expect(table.people(in: "r") == [.init(user: UserID("bob"), name: "Bob")])
    #expect(table.people(in: "s").isEmpty)
  }

  // MARK: - Reports

  @Test func `the first report begins, asks everybody, and is sent until it is taken`() {
    var reports = PresenceReports(gateway: "a")
    let first = reports.next()
    #expect(first?.number == 1 && first?.begins == true && first?.goesOn == false && first?.asks == ["*"])
    let news = reports.enter(ann, name: "Ann")
    #expect(news)
    #expect(reports.next() == first)
    reports.taken()
    let second = all(&reports)
    #expect(second.map(\.number) == [2] && second[0].came == [ann.wire(name: "Ann")] && second[0].asks.isEmpty)
    #expect(reports.next() == nil)
    reports.beat()
    #expect(all(&reports) == [Chat.PresenceReport(of: "a", number: 3)])
  }

  @Test func `only a user's first and last listener to a room are told of, and as they are in the end`() {
    var reports = PresenceReports(gateway: "a")
    _ = all(&reports)
    let enters = [reports.enter(ann, name: "Ann"), reports.enter(ann, name: "Ann"), reports.enter(bob, name: "Bob")]
    let leaves = [reports.leave(ann), reports.leave(bob), reports.leave(eve)]
    #expect(enters == [true, false, true] && leaves == [false, true, false])
    let told = all(&reports)
    #expect(told.count == 1 && told[0].came == [ann.wire(name: "Ann")] && told[0].went == [bob.wire()])
  }

  @Test func `all there is goes in parts, and what changes meanwhile after them`() {
    var reports = PresenceReports(gateway: "a")
    _ = all(&reports)
    let crowd = (0..<1100).map { Place(user: UserID("u\($0)"), room: "r") }
    for place in crowd { _ = reports.enter(place, name: "") }
    reports.asked()
    var told = [reports.next()!]
    reports.taken()
    _ = reports.leave(crowd[7])
    _ = reports.enter(ann, name: "Ann")
    told += all(&reports)
    #expect(told.map(\.begins) == [true, false, false, false])
    #expect(told.map(\.goesOn) == [true, true, false, false])
    #expect(told.map(\.came.count) == [500, 500, 100, 1])
    #expect(told[3].went == [crowd[7].wire()])
    var peer = PresencePeer()
    for report in told { _ = peer.take(report) }
    #expect(peer.places.count == 1100 && peer.places[ann] == "Ann" && peer.places[crowd[7]] == nil)
  }

  // MARK: - Another gateway

  private func report(_ number: Int, _ change: (inout Chat.PresenceReport) -> Void = { _ in }) -> Chat.PresenceReport {
    var report = Chat.PresenceReport(of: "b", number: number)
    change(&report)
    return report
  }

  @Test func `reports count in their order, each once`() {
    var peer = PresencePeer()
    let steps = [
      report(1) { $0.begins = true },
      report(3) { $0.went = [ann.wire()] },
      report(2) { $0.came = [ann.wire(name: "Ann"), bob.wire(name: "Bob")] },
      report(2) { $0.came = [eve.wire(name: "Eve")] },
    ].map { peer.take($0) }
    #expect(steps.map(\.came) == [[:], [:], [bob: "Bob"], [:]] && steps.allSatisfy { $0.went.isEmpty })
    #expect(peer.beat() == .current)
  }

  @Test func `a gap asks for all, which tells only the difference`() {
    var peer = PresencePeer()
    _ = peer.take(report(1) { $0.begins = true })
    _ = peer.take(report(2) { $0.came = [ann.wire(name: "Ann"), bob.wire(name: "Bob")] })
    _ = peer.take(report(4) { $0.came = [eve.wire(name: "Eve")] })
    #expect(peer.beat() == .incomplete)
    let half = peer.take(report(5) { ($0.begins, $0.goesOn, $0.came) = (true, true, [eve.wire(name: "Eve")]) })
    #expect(half == .init() && peer.places.count == 2)
    let whole = peer.take(report(6) { $0.came = [bob.wire(name: "Bob")] })
    #expect(whole == .init(came: [eve: "Eve"], went: [ann]))
    #expect(peer.beat() == .current)
  }

  @Test func `a gateway that was never heard from the beginning must tell all, one that is silent is over`() {
    var peer = PresencePeer()
    let unknown = peer.take(report(7) { $0.came = [ann.wire(name: "Ann")] })
    #expect(unknown == .init() && peer.beat() == .incomplete)
    _ = peer.take(report(8) { ($0.begins, $0.came) = (true, [ann.wire(name: "Ann")]) })
    let beats = (0...PresencePeer.mostSilence).map { _ in peer.beat() }
    #expect(beats.dropLast().allSatisfy { $0 == .current } && beats.last == .silent)
    _ = peer.take(report(9))
    #expect(peer.beat() == .current)
  }

  // MARK: - News

  @Test func `who is back within a moment is no news`() {
    var news = PresenceNews()
    news.went(ann, "Ann")
    news.came(ann, "Ann")
    news.came(bob, "Bob")
    news.came(eve, "Eve")
    news.went(eve, "Eve")
    #expect(news.take() == ["r": .init(joined: [UserID("bob"): "Bob"])])
    #expect(news.take().isEmpty)
  }
}
