#include "cli/render/plan.h"

#include "cli/terminal.h"
#include "core/plan/explain.h"

namespace anchoko::cli {
namespace {

std::string render(const Context& context, const CapturePlan& plan, bool color, unsigned width) {
  plan::ExplainStyle style;
  style.color = color;
  if (width > 0) style.width = width;
  style.japanese = context.japanese();
  return plan::explain(plan, style);
}

}  // namespace

std::string explained(const Context& context, const CapturePlan& plan) {
  return render(context, plan, context.output_color, context.output_width);
}

std::string announced(const Context& context, const CapturePlan& plan) {
  CapturePlan shown = plan;
  if (!context.common.verbose)
    std::erase_if(shown.steps, [](const PlanStep& step) { return step.kind != StepKind::start; });
  return render(context, shown, context.messages.color(), terminal_width(Stream::err));
}

}  // namespace anchoko::cli
