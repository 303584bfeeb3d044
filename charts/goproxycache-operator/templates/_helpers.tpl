{{- define "goproxycache-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* Room for "-leader-election" and "-test" in the 63 characters of a name. */}}
{{- define "goproxycache-operator.fullname" -}}
{{- $name := include "goproxycache-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "goproxycache-operator.selector" -}}
app.kubernetes.io/name: {{ include "goproxycache-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* What Helm's own conventions add to every object. */}}
{{- define "goproxycache-operator.helmLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "goproxycache-operator.podLabels" -}}
{{ include "goproxycache-operator.selector" . }}
app.kubernetes.io/part-of: goproxycache
{{- end }}

{{- define "goproxycache-operator.labels" -}}
{{ include "goproxycache-operator.podLabels" . }}
{{ include "goproxycache-operator.helmLabels" . }}
{{- end }}

{{- define "goproxycache-operator.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "goproxycache-operator.fullname" .) }}
{{- end }}

{{- define "goproxycache-operator.image" -}}
{{- with .Values.image }}
{{- .repository }}
{{- if or .tag (not .digest) }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{- define "goproxycache-operator.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "goproxycache-operator.securityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop:
    - ALL
readOnlyRootFilesystem: true
{{- end }}

{{- /* Where pods may run: what is empty is left out. */}}
{{- define "goproxycache-operator.scheduling" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
