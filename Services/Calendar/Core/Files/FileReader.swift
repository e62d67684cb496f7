import Almanac
import ICalendar
import Wire

/// Makes out what a calendar file means for one person.
struct FileReader {
  /// What was over by then is not kept, and of a series only what comes after.
  static let memory = 366 * 86_400
  /// Times that the series of one file may be followed over: fifty years of ten daily ones.
  private static let mostSteps = 200_000

  private let file: CalendarFile
  private let zones: FileZones
  private let email: String?
  private let oldest: Int
  private var stepsLeft = FileReader.mostSteps
  private var result = FileImport()

  /// `home` is the zone of times that name none, `email` whose answer counts.
  init(_ file: CalendarFile, home: Zone, email: String?, now: Int) {
    self.file = file
    self.email = email
    zones = FileZones(file, home: home)
    oldest = now - FileReader.memory
  }

  /// Throws `invalid` with the name of a zone that is not known; single events that make no sense are left out.
  mutating func read() throws(Failure) -> FileImport {
    var order: [String] = []
    var groups: [String: [FileComponent]] = [:]
    for properties in file.events {
      var fault = FileImport.Reason.noUID
      guard let component = try FileComponent(properties, zones, fault: &fault) else {
        leaveOut(properties.first { $0.name == "UID" }?.value ?? "", fault)
        continue
      }
      if groups[component.uid] == nil { order.append(component.uid) }
      groups[component.uid, default: []].append(component)
    }
    for uid in order { try read(uid, groups[uid] ?? []) }
    return result
  }

  private mutating func leaveOut(_ uid: String, _ reason: FileImport.Reason) {
    if result.leftOut.count < 100 { result.leftOut.append((String(uid.prefix(100)), reason)) }
  }

  private mutating func read(_ uid: String, _ components: [FileComponent]) throws(Failure) {
    var series = FileSeries(uid: uid)
    let isOff = file.method == "CANCEL"
    for master in components where master.replaced == nil {
      guard !series.isWhole else {
        leaveOut(uid, .twice)
        continue
      }
      series.isWhole = true
      guard !isOff, !master.isCancelled else { continue }
      series.events = try events(of: master)
    }
    let skipped = components.compactMap { $0.replaced?.moment }
    // What stands for one time of the series takes its place, of a single time too.
    series.events = series.events.filter { $0.rule != nil || !skipped.contains($0.start) }
    for change in components {
      guard let replaced = change.replaced, !series.skipped.contains(replaced.moment) else { continue }
      series.skipped.append(replaced.moment)
      guard !isOff, !change.isCancelled, change.end.moment > oldest else { continue }
      var event = event(change)
      event.uid = "\(uid)#\(replaced.moment)"
      series.events.append(event)
    }
    if let place = series.events.firstIndex(where: { $0.rule != nil }) {
      series.events[place].skipped += series.skipped
    }
    result.series.append(series)
  }

  // MARK: - One event

  private func event(_ component: FileComponent) -> FileEvent {
    FileEvent(
      uid: component.uid,
      series: component.uid,
      summary: component.texts("SUMMARY", atMost: 1000),
      description: component.texts("DESCRIPTION", atMost: 8000),
      location: component.texts("LOCATION", atMost: 1000),
      zone: component.start.zoneName,
      allDay: component.start.isDay,
      start: component.start.moment,
      end: component.end.moment,
      busy: component.isBusy(for: email)
    )
  }

  /// The event, with the more times that an RDATE adds as events of their own.
  private mutating func events(of master: FileComponent) throws(Failure) -> [FileEvent] {
    var event = event(master)
    var more: [FileEvent] = []
    var rule: String?
    for property in master.properties {
      switch property.name {
      case "RRULE" where rule == nil: rule = property.value
      case "EXDATE": event.skipped += (try zones.times(property) ?? []).prefix(1000).map(\.moment)
      case "RDATE":
        for time in try zones.times(property) ?? [] where more.count < 1000 && time.moment != event.start {
          var extra = event
          extra.uid = "\(master.uid)#\(time.moment)"
          (extra.start, extra.end) = (time.moment, time.moment + event.end - event.start)
          extra.skipped = []
          more.append(extra)
        }
      case "X-LIC-ERROR" where property.value.contains("RRULE"): rule = ""
      default: break
      }
    }
    let kept = more.filter { extra in extra.end > oldest && !event.skipped.contains(extra.start) }
    return (try follow(event, rule, from: master.start.clock)).map { [$0] + kept } ?? kept
  }

  /// The event as far as it is kept: a series from its first time that is not too old. Nil when nothing is left of it, or
  /// its rule cannot be followed.
  private mutating func follow(_ event: FileEvent, _ rule: String?, from first: CivilTime) throws(Failure) -> FileEvent?
  {
    guard let rule else {
      if event.end <= oldest { leaveOut(event.series, .past) }
      return event.end <= oldest || event.skipped.contains(event.start) ? nil : event
    }
    let recurrence: Recurrence
    do { recurrence = try Recurrence(rule) } catch {
      leaveOut(event.series, error == .tooFine ? .tooFine : .badRule)
      return nil
    }
    let zone = Zone(named: event.zone) ?? .utc
    let enough = oldest - (event.end - event.start)
    guard let kept = recurrence.continued(from: first, in: zone, after: enough, steps: &stepsLeft) else {
      if stepsLeft <= 0 { throw .invalid("recurrence: too many times") }
      leaveOut(event.series, .past)
      return nil
    }
    var event = event
    let length = event.end - event.start
    event.start = zone.moment(of: kept.first)
    event.end = event.start + length
    event.rule = kept.rule
    event.skipped = event.skipped.filter { $0 >= event.start }
    return event
  }
}
