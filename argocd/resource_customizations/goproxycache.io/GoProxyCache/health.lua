-- Health of a GoProxyCache: what the operator says of it, in Argo CD's words. Degraded is what needs a person or does not pass by
-- itself; what is on its way is Progressing.
local status = obj.status or {}
if status.conditions == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not looked at this spec yet" }
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready or { status = "Unknown", reason = "Progressing", message = "there is no condition Ready yet" }

if obj.spec ~= nil and obj.spec.paused then
  return { status = "Suspended", message = "spec.paused is true, objects are left as they are: " .. ready.message }
end
if ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
if ready.reason == "Progressing" then
  return { status = "Progressing", message = ready.message }
end
return { status = "Degraded", message = ready.message }
