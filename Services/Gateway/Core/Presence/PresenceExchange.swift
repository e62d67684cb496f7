import Bus
import Loop
import Security
import Wire

/// Keeps this gateway and the others in agreement about who listens where, over chat and without a store.
///
/// What happens here shows at once and is told in numbered reports, one under way at a time. A gateway that falls silent
/// is over, and its people gone; but only while this one hears itself, or it would be chat that is away, or a listener
/// who has left too.
@LoopActor
final class PresenceExchange {
  private static let pulse = Duration.seconds(1)
  /// A report that was not taken by then is sent again.
  private static let patience = 1000

  var came: @LoopActor (Place, _ name: String) -> Void = { _, _ in }
  var went: @LoopActor (Place, _ name: String) -> Void = { _, _ in }
  /// Called once a second.
  var beaten: @LoopActor () -> Void = {}
  private(set) var table = PresenceTable()
  private let chat: BusClient
  private var reports = PresenceReports(gateway: Random.uuid())
  private var peers: [String: PresencePeer] = [:]
  private var isTelling = false
  private var isOver = false
  private var hasHeardItself = false
  private lazy var heart = Timer { [unowned self] in beat() }

  init(_ chat: BusClient) {
    self.chat = chat
    chat.subscribe(
      Chat.PresenceReport.self,
      joined: { [unowned self] in tell() },
      received: { [unowned self] in take($0) }
    )
  }

  func start() { heart.arm(after: PresenceExchange.pulse, every: PresenceExchange.pulse) }

  /// Tells the others that nobody is here any more; they find out by themselves if that does not reach them.
  func end() async {
    guard !isOver else { return }
    isOver = true
    heart.cancel()
    _ = try? await chat.call(reports.end(), CallContext(timeout: PresenceExchange.patience))
  }

  // MARK: - Here

  func enter(_ place: Place, name: String) {
    guard reports.enter(place, name: name) else { return }
    hold(place, name, by: reports.gateway)
    tell()
  }

  func leave(_ place: Place) {
    guard reports.leave(place) else { return }
    release(place, by: reports.gateway)
    tell()
  }

  private func tell() {
    guard !isTelling, !isOver else { return }
    isTelling = true
    onLoop {
      while !self.isOver, let report = self.reports.next() {
        let context = CallContext(timeout: PresenceExchange.patience)
        guard (try? await self.chat.call(report, context)) != nil else { break }
        self.reports.taken()
      }
      self.isTelling = false
    }
  }

  // MARK: - Elsewhere

  private func take(_ report: Chat.PresenceReport) {
    guard report.gateway != reports.gateway else { return hasHeardItself = true }
    if report.asks.contains(reports.gateway) || report.asks.contains(Chat.PresenceReport.everybody) {
      reports.asked()
      tell()
    }
    if report.ends { return forget(report.gateway) }
    let change = peers[report.gateway, default: PresencePeer()].take(report)
    for place in change.went { release(place, by: report.gateway) }
    for (place, name) in change.came { hold(place, name, by: report.gateway) }
  }

  private func forget(_ gateway: String) {
    guard let peer = peers.removeValue(forKey: gateway) else { return }
    for place in peer.places.keys { release(place, by: gateway) }
  }

  private func beat() {
    reports.beat()
    if hasHeardItself { judgePeers() }
    hasHeardItself = false
    tell()
    beaten()
  }

  private func judgePeers() {
    for gateway in Array(peers.keys) {
      switch peers[gateway]?.beat() {
      case .incomplete: reports.ask(gateway)
      case .silent: forget(gateway)
      case .current, nil: break
      }
    }
  }

  private func hold(_ place: Place, _ name: String, by gateway: String) {
    if table.hold(place, name: name, by: gateway) { came(place, name) }
  }

  private func release(_ place: Place, by gateway: String) {
    if let name = table.release(place, by: gateway) { went(place, name) }
  }
}
