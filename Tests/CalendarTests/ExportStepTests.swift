import Testing

@testable import CalendarCore

@Suite struct ExportStepTests {
  @Test func `what is wanted and what is there decide the step`() {
    #expect(ExportStep(isWanted: true, noted: false) == .insert)
    #expect(ExportStep(isWanted: true, noted: true) == .update)
    #expect(ExportStep(isWanted: false, noted: true) == .delete)
    #expect(ExportStep(isWanted: false, noted: false) == .nothing)
  }

  @Test(arguments: [
    (ExportStep.insert, 200, false, ExportStep.Next.isThere), (.insert, 409, false, .then(.update)),
    (.update, 200, true, .isThere), (.update, 404, true, .wasRemoved), (.update, 410, true, .wasRemoved),
    (.update, 404, false, .then(.insert)), (.delete, 204, true, .isGone), (.delete, 404, false, .isGone),
    (.delete, 410, true, .isGone), (.insert, 401, false, .retry), (.insert, 403, false, .refused),
    (.update, 403, true, .refused),
    (.insert, 429, false, .retry), (.update, 500, true, .retry), (.update, 409, true, .retry),
    (.delete, 503, true, .retry),
    (.insert, 404, false, .retry),
  ])
  func `an answer has a meaning`(step: ExportStep, status: Int, known: Bool, next: ExportStep.Next) {
    #expect(step.next(status: status, known: known) == next)
  }
}
