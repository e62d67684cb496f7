import Almanac
import JSON
import Loop
import Time
import Wire

// What a user chooses for the own calendar.
extension CalendarHandler {
  func settings(_ caller: Caller) async throws -> RawJSON {
    try await store.settings(of: caller.id).document(zone: caller.zone.name)
  }

  func changeSettings(_ request: Calendar.Request, _ caller: Caller) async throws -> RawJSON {
    let fields = try LooseFields(request.fields)
    let changed = try await store.changeSettings(of: caller.id, at: clock.now()) { settings throws(Failure) in
      try settings.change(fields)
    }
    report(.changed(.settingsChanged))
    return changed.document(zone: caller.zone.name)
  }
}
