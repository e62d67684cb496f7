import JSON
import Wire

/// The counter's rules: who is there, what counts, what everybody is told. Decides only; storing and telling is `Rounds`.
///
/// Acts take effect in the order in which they are put in. What depends on the database is settled afterwards: `take`
/// says what to store, `settle` learns whether it was.
struct Board {
  let rules: BoardRules
  var counters = Totals()
  var presence = Presence()
  var claims = Claims()
  private var addresses = Buckets()
  private var toasts = Bucket()
  private var unlisted = Bucket()
  private var status = StatusPace()
  /// Names that have gone and may come back unannounced until then.
  private var leaving: [(name: String, until: Instant)] = []

  init(_ rules: BoardRules) { self.rules = rules }

  // MARK: - Acts

  /// What an act leads to; `number` is its place among the gateway's acts.
  mutating func take(_ act: Live.Act, of gateway: Int, number: Int, at moment: Moment) -> Effect {
    let seat = SeatID(gateway: gateway, connection: act.connection)
    do throws(Live.Refusal) {
      switch act.kind {
      case .connect: return connect(seat, act.address ?? "", at: moment)
      case .watch: return watch(seat)
      case .leave: return leave(seat, at: moment)
      case .auth: return try name(seat, act, at: moment)
      case .click: return try click(seat, ClickForm(act.arguments), number, at: moment)
      case .event: return try event(seat, EventForm(act.arguments), at: moment)
      }
    } catch {
      return .refused(error)
    }
  }

  private mutating func connect(_ seat: SeatID, _ address: String, at moment: Moment) -> Effect {
    guard presence.add(seat, address) else { return Effect() }
    let newcomer = Live.Item.Audience.connection(seat.connection, of: seat.gateway)
    let mayTellAll = status.change(presence.count, at: moment.steady)
    return Effect(notices: [.stats(newcomer), .status(presence.count, to: mayTellAll ? .everybody : newcomer)])
  }

  private func watch(_ seat: SeatID) -> Effect {
    let watcher = Live.Item.Audience.connection(seat.connection, of: seat.gateway)
    return Effect(notices: [.stats(watcher), .status(presence.count, to: watcher)])
  }

  private mutating func leave(_ seat: SeatID, at moment: Moment) -> Effect {
    guard let gone = presence.remove(seat) else { return Effect() }
    var effect = Effect()
    if let name = gone.name { effect.notices += farewell(name, at: moment.steady) }
    if status.change(presence.count, at: moment.steady) { effect.notices.append(.status(presence.count)) }
    return effect
  }

  private mutating func name(_ seat: SeatID, _ act: Live.Act, at moment: Moment) throws(Live.Refusal) -> Effect {
    let (first, second) = Forms.pair(act.arguments)
    let name = try Forms.name(first)
    guard presence[seat] != nil else { throw .unavailable }
    if let token = second?.string, claims.isOwner(of: name, token) { presence[seat]?.proven = name }
    try permitName(name, of: seat)
    guard allows(\.names, rules.names, seat, at: moment.steady) else { throw .rateLimited }
    return Effect(outcome: .named(name), notices: rename(seat, to: name, at: moment.steady))
  }

  private mutating func click(
    _ seat: SeatID,
    _ form: ClickForm,
    _ number: Int,
    at moment: Moment
  ) throws(Live.Refusal) -> Effect {
    guard let address = presence[seat]?.address else { throw .unavailable }
    try permitName(form.user, of: seat)
    try permitRename(seat, to: form.user, at: moment.steady)
    guard allows(\.clicks, rules.clicks, seat, at: moment.steady),
      addresses.take(address, rules.address, at: moment.steady)
    else { throw .rateLimited }
    var effect = counted(seat, .click(comment: form.comment, style: form.style, number: number), form.user, at: moment)
    let count = presence[seat]?.session.clicks ?? 0
    if count == 50 || count % 100 == 0 { effect.sequel.append(.toast("\(form.user) erreicht \(count) Klicks!")) }
    let click = RawJSON.click(form.user, form.comment, form.style, at: moment.wall.wholeSeconds)
    effect.sequel.append(.item(Live.Item(.click, click)))
    return effect
  }

  private mutating func event(_ seat: SeatID, _ form: EventForm, at moment: Moment) throws(Live.Refusal) -> Effect {
    guard presence[seat] != nil else { throw .unavailable }
    if form.name.isUnlisted, !rules.allowsUnlisted { throw .eventDisabled }
    try permitName(form.user, of: seat)
    try permitRename(seat, to: form.user, at: moment.steady)
    guard allows(\.events, rules.events, seat, at: moment.steady) else { throw .rateLimited }
    if form.name.isUnlisted, !unlisted.take(rules.unlisted, at: moment.steady) { throw .rateLimited }
    var effect = counted(seat, .event(form.name), form.user, at: moment)
    let name = form.name.rawValue
    if !form.name.isUnlisted { effect.sequel.append(.toast("\(form.user) triggered \(name)!")) }
    effect.sequel.append(.item(Live.Item(.event, .event(form.user, name, at: moment.wall.wholeSeconds))))
    return effect
  }

  private mutating func counted(_ seat: SeatID, _ kind: Deed.Kind, _ user: String, at moment: Moment) -> Effect {
    let isNew = presence[seat]?.name != user
    var effect = Effect(outcome: isNew ? .named(user) : .done)
    effect.notices = rename(seat, to: user, at: moment.steady)
    let deed = Deed(kind: kind, user: user, seat: seat)
    presence[seat]?.session += deed.tally
    effect.deed = deed
    return effect
  }

  private mutating func allows(
    _ bucket: WritableKeyPath<Presence.Seat, Bucket>,
    _ rate: Rate?,
    _ seat: SeatID,
    at now: Instant
  ) -> Bool {
    presence[seat]?[keyPath: bucket].take(rate, at: now) == true
  }

  // MARK: - Names

  private func permitName(_ name: String, of seat: SeatID) throws(Live.Refusal) {
    guard !claims.isClaimed(name) || presence[seat]?.proven == name else { throw .nameTaken }
  }

  /// A first name is free; another one is a rename, whatever brings it.
  private mutating func permitRename(_ seat: SeatID, to name: String, at now: Instant) throws(Live.Refusal) {
    guard let old = presence[seat]?.name, old != name else { return }
    guard allows(\.names, rules.names, seat, at: now) else { throw .rateLimited }
  }

  private mutating func rename(_ seat: SeatID, to name: String, at now: Instant) -> [Notice] {
    let old = presence[seat]?.name
    guard old != name else { return [] }
    presence[seat]?.name = name
    if let old { return toast("\(old) hat sich umbenannt zu \(name).", at: now) }
    if let back = leaving.firstIndex(where: { $0.name == name }) {
      leaving.remove(at: back)
      return []
    }
    return toast("\(name) ist beigetreten.", at: now)
  }

  private mutating func farewell(_ name: String, at now: Instant) -> [Notice] {
    guard rules.grace > .zero else { return toast("\(name) hat verlassen.", at: now) }
    leaving.append((name, now + rules.grace))
    return []
  }

  private mutating func toast(_ text: String, at now: Instant) -> [Notice] {
    toasts.take(rules.toasts, at: now) ? [.toast(text)] : []
  }

  // MARK: - Gateways and time

  /// Takes the gateway's list for all there is of it. Its clients are told where things stand, the others how many are
  /// online now.
  mutating func attach(_ gateway: Int, _ seats: [Live.Seat], next: Int? = nil, at moment: Moment) -> Effect {
    presence.attach(gateway, seats, next: next, at: moment.steady)
    var effect = Effect(notices: [.stats(.gateway(gateway))])
    if status.change(presence.count, at: moment.steady) { effect.notices.append(.status(presence.count)) }
    return effect
  }

  /// Ends what is overdue: silent gateways, quiet leaves, the wait of a status.
  mutating func lapse(at moment: Moment) -> Effect {
    var effect = Effect()
    let gone = presence.expire(lease: rules.lease, at: moment.steady)
    for name in gone.compactMap(\.name) { effect.notices += farewell(name, at: moment.steady) }
    let over = leaving.prefix { $0.until <= moment.steady }
    leaving.removeFirst(over.count)
    for name in over.map(\.name) { effect.notices += toast("\(name) hat verlassen.", at: moment.steady) }
    let isNews = !gone.isEmpty && status.change(presence.count, at: moment.steady)
    if isNews || status.isDue(at: moment.steady) { effect.notices.append(.status(presence.count)) }
    return effect
  }

  /// When `lapse` has something to do again; nil while nothing can become overdue.
  func nextLapse(after now: Instant) -> Instant? {
    [presence.nextLook(after: now), leaving.first?.until, status.due].compactMap { $0 }.min()
  }

  // MARK: - Afterwards

  /// Counts what was stored, takes back what was not, and gives the feed its items.
  mutating func settle(_ effect: inout Effect, stored: Bool) -> [Live.Item] {
    var notices = effect.notices
    if let deed = effect.deed {
      if stored {
        counters.add(deed.tally)
        notices += effect.sequel
      } else {
        presence[deed.seat]?.takeBack(deed.tally)
        effect.outcome = .refused(.unavailable)
      }
    }
    return notices.map { notice in
      switch notice {
      case .item(let item): item
      case .stats(let audience): Live.Item(.stats, counters.json, to: audience)
      }
    }
  }
}
