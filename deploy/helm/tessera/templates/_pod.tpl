{{- define "tessera.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- define "tessera.environment" -}}
- name: TESSERA_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
- name: TESSERA_WORKER
  value: "false"
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}
